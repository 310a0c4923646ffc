//! `guildhall notice`: lists the accounts whose mail could not be delivered, and sends it again.
//!
//! `list` exits with 1 if a queue is parked.

use crate::{
    config::{NoticeCommand, NoticeRetryConfig},
    database,
    monitoring::telemetry::say,
};
use anyhow::bail;
use guildhall::{
    account::AccountId,
    moment,
    notice::{self, delivery::ParkedQueue},
};
use std::process::ExitCode;

/// `guildhall notice …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: NoticeCommand) -> anyhow::Result<ExitCode> {
    match command {
        NoticeCommand::List(config) => database::run_on(&config, async |pool| {
            let parked = notice::parked(&mut *pool.acquire().await?, None).await?;
            if parked.is_empty() {
                say("Nobody’s mail is parked.");
            }
            parked.iter().for_each(|queue| say(&line(queue)));
            Ok(ExitCode::from(u8::from(!parked.is_empty())))
        }),
        NoticeCommand::Retry(NoticeRetryConfig {
            account,
            all: _,
            database: config,
        }) => database::run_on(&config, async |pool| {
            let db = &mut *pool.acquire().await?;
            let unparked = notice::send_again(db, account.map(AccountId)).await?;
            match account {
                Some(account) if unparked == 0 => bail!(
                    "the mail of account {account} is not parked; `guildhall notice list` lists the accounts whose mail is"
                ),
                Some(account) => say(&format!(
                    "The mail of account {account} will be sent again."
                )),
                None if unparked == 1 => say("The mail of 1 account will be sent again."),
                None => say(&format!(
                    "The mail of {unparked} accounts will be sent again."
                )),
            }
            Ok(ExitCode::SUCCESS)
        }),
    }
}

fn line(queue: &ParkedQueue) -> String {
    let ParkedQueue {
        account,
        parked_at,
        pending,
        error,
    } = queue;
    format!(
        "account {}: parked since {}, {pending} pending: {error}\n  \
         Once the cause is fixed, run `guildhall notice retry {}`.",
        account.0,
        moment::rfc3339(*parked_at),
        account.0
    )
}
