//! `guildhall health`: whether a running server is well, for container engines and operators.

use crate::{config::HealthConfig, database::runtime, telemetry::say};
use anyhow::Context;
use std::{process::ExitCode, time::Duration};

/// How long the server may take for its answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the server; says what is wrong.
///
/// # Errors
/// When there is no client to ask with; an unwell server is an exit code of 1.
pub fn ask(config: &HealthConfig) -> anyhow::Result<ExitCode> {
    match runtime()?.block_on(asked(config))? {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            let error = anyhow::Error::new(error.without_url());
            say(&format!(
                "guildhall: the server at {} is not well: {error:#}",
                config.addr
            ));
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn asked(config: &HealthConfig) -> anyhow::Result<reqwest::Result<reqwest::Response>> {
    // Once a process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_built_in_root_certs(false)
        // The certificate is for the name that people use, and this is an address. Nothing secret is sent there.
        .danger_accept_invalid_certs(true)
        .build()
        .context("no client could be made to ask the server with")?;
    let scheme = match config.tls_certificate {
        Some(_) => "https",
        None => "http",
    };
    let asked = client.get(format!("{scheme}://{}/readyz", config.addr));
    Ok(asked
        .send()
        .await
        .and_then(reqwest::Response::error_for_status))
}
