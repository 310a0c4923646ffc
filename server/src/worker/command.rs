//! `guildhall consumer`: shows the checkpoints of the consumers, and lets an operator retry or skip a parked event.
//!
//! `list` exits with 1 if a consumer is parked.

use crate::{
    config::{ConsumerCommand, NamedConsumerConfig},
    database,
};
use anyhow::{Context, bail};
use guildhall::event::consumer::{self, Checkpoint};
use std::{fmt::Write as _, io::Write as _, process::ExitCode};
use time::format_description::well_known::Rfc3339;

/// `guildhall consumer …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: ConsumerCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConsumerCommand::List(config) => database::run_on(&config, async |pool| {
            let db = &mut *pool.acquire().await?;
            let checkpoints = consumer::checkpoints(db, None).await?;
            print(&format_list(&checkpoints)?)?;
            Ok(ExitCode::from(u8::from(checkpoints.iter().any(is_parked))))
        }),
        ConsumerCommand::Retry(NamedConsumerConfig {
            name,
            database: config,
        }) => database::run_on(&config, async |pool| {
            let db = &mut *pool.acquire().await?;
            if !consumer::retry(db, &name).await? {
                bail!("{name} has no failed event; `guildhall consumer list` shows all consumers");
            }
            print(&format!("{name} will retry its failed event.\n"))?;
            Ok(ExitCode::SUCCESS)
        }),
        ConsumerCommand::Skip(NamedConsumerConfig {
            name,
            database: config,
        }) => database::run_on(&config, async |pool| {
            let db = &mut *pool.acquire().await?;
            if !consumer::skip(db, &name).await? {
                bail!("{name} has no parked event; `guildhall consumer list` shows all consumers");
            }
            print(&format!("{name} skipped its parked event and continues.\n"))?;
            Ok(ExitCode::SUCCESS)
        }),
    }
}

fn is_parked(checkpoint: &Checkpoint) -> bool {
    let failure = checkpoint.failure.as_ref();
    failure.is_some_and(|failure| failure.parked_at.is_some())
}

/// Formats one or two lines for each consumer.
fn format_list(checkpoints: &[Checkpoint]) -> anyhow::Result<String> {
    if checkpoints.is_empty() {
        return Ok(
            "No consumer has run yet: `guildhall serve` and `guildhall worker` run them.\n"
                .to_owned(),
        );
    }
    let mut text = String::new();
    for checkpoint in checkpoints {
        let name = &checkpoint.name;
        let moved_at = checkpoint.moved_at.format(&Rfc3339)?;
        match &checkpoint.failure {
            _ if checkpoint.is_ahead => writeln!(
                text,
                "{name}: stopped; its checkpoint is later than any transaction in this database, as after a restore from a dump"
            )?,
            None => writeln!(
                text,
                "{name}: running; its checkpoint last moved at {moved_at}"
            )?,
            Some(failure) => {
                let (event, attempts, error) = (failure.event, failure.attempts, &failure.error);
                match failure.parked_at {
                    None => writeln!(
                        text,
                        "{name}: event {event} failed {attempts} times and will be retried at {}: {error}",
                        failure.next_try_at.format(&Rfc3339)?
                    )?,
                    Some(parked_at) => writeln!(
                        text,
                        "{name}: parked since {} on event {event}, which failed {attempts} times: {error}\n  \
                         Once the cause is fixed, run `guildhall consumer retry {name}`. \
                         To skip the event, run `guildhall consumer skip {name}`.",
                        parked_at.format(&Rfc3339)?
                    )?,
                }
            }
        }
    }
    Ok(text)
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .context("cannot print the result")
}
