//! `guildhall second-factor`: helps people who have lost both their phone and their recovery codes.

use crate::{
    config::{SecondFactorCommand, SecondFactorConfig},
    database,
    monitoring::telemetry::say,
};
use anyhow::{anyhow, bail};
use guildhall::{Error, account, second_factor, store::Tx};
use sqlx::PgPool;
use std::process::ExitCode;

/// `guildhall second-factor …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: SecondFactorCommand) -> anyhow::Result<ExitCode> {
    let SecondFactorCommand::Off(SecondFactorConfig {
        account: email,
        database: config,
    }) = command;
    database::run_on(&config, async |pool| {
        turn_off(pool, &email).await?;
        say(&format!(
            "Two-factor authentication of {email} is off; its owner is told by e-mail."
        ));
        Ok(ExitCode::SUCCESS)
    })
}

async fn turn_off(pool: &PgPool, email: &str) -> anyhow::Result<()> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let found = account::find_by_email(&mut tx, email).await;
    let viewer = found.map_err(|error| match error {
        Error::NotFound | Error::Invalid(_) => anyhow!("no account has the e-mail address {email}"),
        error => error.into(),
    })?;
    match second_factor::turn_off(&mut tx, viewer.account, None).await {
        Err(error) if error.refused() == Some(&second_factor::Refusal::IsOff) => {
            bail!("{email} has no two-factor authentication")
        }
        done => done?,
    }
    tx.commit().await?;
    Ok(())
}
