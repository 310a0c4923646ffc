//! `guildhall audit`: checks the record of security-relevant acts.

use crate::{
    config::{AuditCommand, AuditVerifyConfig},
    database,
    monitoring::telemetry::say,
};
use anyhow::Context;
use guildhall::audit::{self, Finding, Head};
use std::{io::Write as _, process::ExitCode};

/// `guildhall audit …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify(AuditVerifyConfig {
        expect,
        database: config,
    }) = command;
    database::run_on(&config, async |pool| {
        let db = &mut *pool.acquire().await?;
        let progress = |checked| say(&format!("{checked} entries checked"));
        match audit::verify(db, expect, progress).await? {
            Finding::Unbroken(head) => {
                let mut output = std::io::stdout();
                writeln!(output, "{head}").context("cannot print the result")?;
                say(&format!(
                    "The record is unbroken: {} entries. Note the line above down elsewhere, and check it with --expect next time.",
                    head.number
                ));
                Ok(ExitCode::SUCCESS)
            }
            broken => {
                say(&text(&broken));
                Ok(ExitCode::FAILURE)
            }
        }
    })
}

fn text(finding: &Finding) -> String {
    match finding {
        Finding::Unbroken(head) => format!("The record is unbroken up to {head}."),
        Finding::Gap { after, next } => {
            format!(
                "The record is broken: entry {next} follows entry {after}, so entries are missing."
            )
        }
        Finding::Changed { number } => format!(
            "The record is broken: entry {number} does not match its hash, so it or one before it was changed."
        ),
        Finding::NotExpected { expected, found } => {
            let found = found.map_or_else(
                || "ends before that entry".to_owned(),
                |found: Head| format!("has {found}"),
            );
            format!("The record was changed: {expected} was noted down, and it {found}.")
        }
    }
}
