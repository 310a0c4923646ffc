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
        let finding = audit::verify(db, expect, progress).await?;
        say(&text(&finding));
        let Finding::Unbroken(head) = finding else {
            return Ok(ExitCode::FAILURE);
        };
        writeln!(std::io::stdout(), "{head}").context("cannot print the result")?;
        Ok(ExitCode::SUCCESS)
    })
}

fn text(finding: &Finding) -> String {
    match finding {
        Finding::Unbroken(head) => format!(
            "The record is unbroken: {} entries. Keep {head} somewhere else, and pass it with --expect next time.",
            head.number
        ),
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
