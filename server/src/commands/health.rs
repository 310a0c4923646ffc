//! `guildhall health`: requests `/readyz` of a running server, and prints what is wrong.
//!
//! It is for container engines and operators. It exits with 0 or 1. The server has 3 s to answer.

use crate::{config::HealthConfig, database::runtime, monitoring::telemetry::say};
use anyhow::Context;
use std::{process::ExitCode, time::Duration};

/// How long the server may take for its answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the server; says what is wrong.
///
/// # Errors
/// When there is no client to ask with; an unwell server is an exit code of 1.
pub fn ask(config: &HealthConfig) -> anyhow::Result<ExitCode> {
    let client = client()?;
    let asked = runtime()?.block_on(asked(&client, config));
    let wrong = match asked {
        Ok((status, _)) if status.is_success() => return Ok(ExitCode::SUCCESS),
        // The server names each part on a line of its own.
        Ok((_, text)) => text.trim_end().replace('\n', "; "),
        Err(error) => format!("{:#}", anyhow::Error::new(error.without_url())),
    };
    say(&format!(
        "guildhall: the server at {} is not well: {wrong}",
        config.addr
    ));
    Ok(ExitCode::FAILURE)
}

async fn asked(
    client: &reqwest::Client,
    config: &HealthConfig,
) -> reqwest::Result<(reqwest::StatusCode, String)> {
    let scheme = match config.tls_certificate {
        Some(_) => "https",
        None => "http",
    };
    let asked = client.get(format!("{scheme}://{}/readyz", config.addr));
    let answer = asked.send().await?;
    Ok((answer.status(), answer.text().await?))
}

fn client() -> anyhow::Result<reqwest::Client> {
    // Once a process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_built_in_root_certs(false)
        // The certificate is for the name that people use, and this is an address. Nothing secret is sent there.
        .danger_accept_invalid_certs(true)
        .build()
        .context("no client could be made to ask the server with")
}
