//! `guildhall notice`: lists the accounts whose mail or webhooks could not be delivered, and sends again what waits.
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
    webhook::{self, delivery::ParkedWebhook},
};
use std::process::ExitCode;

/// `guildhall notice …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: NoticeCommand) -> anyhow::Result<ExitCode> {
    match command {
        NoticeCommand::List(config) => database::run_on(&config, async |pool| {
            let db = &mut *pool.acquire().await?;
            let mail = notice::parked(db, None).await?;
            let webhooks = webhook::parked(db).await?;
            if mail.is_empty() {
                say("Nobody’s mail is parked.");
            }
            mail.iter().for_each(|queue| say(&line(queue)));
            webhooks
                .iter()
                .for_each(|parked| say(&webhook_line(parked)));
            let has_parked = !mail.is_empty() || !webhooks.is_empty();
            Ok(ExitCode::from(u8::from(has_parked)))
        }),
        NoticeCommand::Retry(NoticeRetryConfig {
            account,
            all: _,
            database: config,
        }) => database::run_on(&config, async |pool| {
            let db = &mut *pool.acquire().await?;
            let account = account.map(AccountId);
            let unparked = notice::send_again(db, account).await?;
            let webhooks = webhook::send_all_again(db, account).await?;
            match account {
                Some(AccountId(account)) if unparked + webhooks == 0 => bail!(
                    "nothing of account {account} is parked; `guildhall notice list` lists what is"
                ),
                Some(AccountId(account)) => say(&format!(
                    "What is parked of account {account} will be sent again: {}.",
                    parts(unparked, webhooks)
                )),
                None => say(&format!(
                    "What is parked will be sent again: {}.",
                    parts(unparked, webhooks)
                )),
            }
            Ok(ExitCode::SUCCESS)
        }),
    }
}

/// How much is sent again.
fn parts(mail: u64, webhooks: u64) -> String {
    let counted = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    format!(
        "the mail of {}, and {}",
        counted(mail, "account", "accounts"),
        counted(webhooks, "webhook", "webhooks")
    )
}

fn line(queue: &ParkedQueue) -> String {
    let ParkedQueue {
        account,
        parked_at,
        pending,
        error,
    } = queue;
    format!(
        "account {}: mail parked since {}, {pending} pending: {error}\n  \
         Once the cause is fixed, run `guildhall notice retry {}`.",
        account.0,
        moment::rfc3339(*parked_at),
        account.0
    )
}

fn webhook_line(parked: &ParkedWebhook) -> String {
    let ParkedWebhook {
        webhook,
        account,
        parked_at,
        pending,
        error,
    } = parked;
    format!(
        "account {}: webhook {} parked since {}, {pending} pending: {error}",
        account.0,
        webhook.0,
        moment::rfc3339(*parked_at)
    )
}
