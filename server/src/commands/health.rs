//! `guildhall health`: requests `/readyz` of a running server, and prints what is wrong.
//!
//! It is for container engines and operators, and exits with 0 or 1. The server has 3 s to answer.

use crate::{config::HealthConfig, database::runtime, monitoring::telemetry::say};
use anyhow::Context;
use std::{process::ExitCode, time::Duration};

/// How long the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Queries the server's health endpoint and prints what is wrong.
///
/// # Errors
/// If no HTTP client can be built. An unhealthy server gives exit code 1 instead.
pub fn check(config: &HealthConfig) -> anyhow::Result<ExitCode> {
    let client = client()?;
    let result = runtime()?.block_on(request(&client, config));
    let problem = match result {
        Ok((status, _)) if status.is_success() => return Ok(ExitCode::SUCCESS),
        // The server reports each part on its own line.
        Ok((_, text)) => text.trim_end().replace('\n', "; "),
        Err(error) => format!("{:#}", anyhow::Error::new(error.without_url())),
    };
    say(&format!(
        "guildhall: the server at {} is unhealthy: {problem}",
        config.addr
    ));
    Ok(ExitCode::FAILURE)
}

async fn request(
    client: &reqwest::Client,
    config: &HealthConfig,
) -> reqwest::Result<(reqwest::StatusCode, String)> {
    let scheme = match config.tls_certificate {
        Some(_) => "https",
        None => "http",
    };
    let request = client.get(format!("{scheme}://{}/readyz", config.addr));
    let answer = request.send().await?;
    Ok((answer.status(), answer.text().await?))
}

fn client() -> anyhow::Result<reqwest::Client> {
    // Succeeds once per process; later calls change nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_built_in_root_certs(false)
        // The certificate is issued for the public name, but the request goes to an IP address. Nothing secret is sent.
        .danger_accept_invalid_certs(true)
        .build()
        .context("cannot build an HTTP client")
}
