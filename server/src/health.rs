//! `guildhall health`: whether a running server is well, for container engines and operators.

use crate::{config::HealthConfig, telemetry::say};
use std::{process::ExitCode, time::Duration};

/// Asks the server; says what is wrong.
///
/// # Errors
/// Never; an unwell server is an exit code of 1.
pub fn ask(config: &HealthConfig) -> anyhow::Result<ExitCode> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .build()
        .into();
    match agent.get(format!("http://{}/readyz", config.addr)).call() {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            say(&format!(
                "guildhall: the server at {} is not well: {error}",
                config.addr
            ));
            Ok(ExitCode::FAILURE)
        }
    }
}
