//! `guildhall mail`: sends one letter, so that an operator sees whether the settings work; takes bounces and complaints.

use crate::{
    config::{MailCommand, MailReportConfig, MailTestConfig},
    database::{self, runtime},
    mail::{Block, Fact, Letter, LetterId, Link, MailReport, Mailer, Recipient, parse_report},
    monitoring::telemetry::say,
};
use anyhow::{Context, anyhow};
use guildhall::{
    Error,
    account::{self, Viewer},
    account_mail, notice,
    store::Tx,
};
use sqlx::PgPool;
use std::{
    io::{self, Read as _},
    process::ExitCode,
};
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

/// `guildhall mail …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: MailCommand) -> anyhow::Result<ExitCode> {
    match command {
        MailCommand::Test(config) => test(&config),
        MailCommand::Report(config) => Ok(report(&config)),
    }
}

fn test(config: &MailTestConfig) -> anyhow::Result<ExitCode> {
    let home = config
        .public_url
        .as_deref()
        .unwrap_or("http://127.0.0.1:3000");
    let home = home.trim_end_matches('/');
    let letter = letter(&config.address, home)?;
    let mailer = Mailer::with_relay(&config.mail, home)?;
    let sent = runtime()?.block_on(mailer.send(&letter));
    let accepted =
        sent.map_err(|error| anyhow!("no mail was sent to {}: {error}", config.address))?;
    say(&format!(
        "The relay accepted a letter to {}: {}",
        config.address, accepted.answer
    ));
    Ok(ExitCode::SUCCESS)
}

/// How much of a report is read, in bytes: far more than its first parts and the header of the returned letter.
const LONGEST_REPORT: u64 = 1_000_000;
/// `EX_TEMPFAIL` of sysexits(3): the mail server keeps the message and tries again.
const TRY_AGAIN: u8 = 75;

/// Exits with 75 only if a retry may succeed, and with 0 otherwise: at any other code the mail server would bounce the
/// message, which may itself be a bounce.
fn report(config: &MailReportConfig) -> ExitCode {
    let mut message = Vec::new();
    let read = io::stdin()
        .lock()
        .take(LONGEST_REPORT)
        .read_to_end(&mut message);
    if let Err(error) = read {
        return try_again(&anyhow!("no report can be read: {error}"));
    }
    let report = match parse_report(&message) {
        Ok(report) => report,
        Err(reason) => {
            say(&format!("Nothing changed: {reason}."));
            return ExitCode::SUCCESS;
        }
    };
    if config.database.database_url.is_none() {
        return try_again(&anyhow!("DATABASE_URL is not set"));
    }
    let stopped = database::run_on(&config.database, async |pool| {
        say(&stop_mail(pool, &report).await?);
        Ok(ExitCode::SUCCESS)
    });
    stopped.unwrap_or_else(|error| try_again(&error))
}

fn try_again(error: &anyhow::Error) -> ExitCode {
    say(&format!("Try again later: {error:#}"));
    ExitCode::from(TRY_AGAIN)
}

/// Stops mail to the account with the reported address, if the reported notice was sent to it; a reported letter about an
/// account counts as given up. Returns a message that says what happened.
async fn stop_mail(pool: &PgPool, report: &MailReport) -> guildhall::Result<String> {
    let MailReport {
        letter,
        address,
        reason,
        is_complaint,
    } = report;
    let mut tx: Tx<'_> = pool.begin().await?;
    let id = |prefix: &str| letter.strip_prefix(prefix)?.parse::<Uuid>().ok();
    let done = match (id("notice-"), id("account-")) {
        (Some(notice), _) => match account::find_by_email(&mut tx, address).await {
            Ok(Viewer { account, .. }) => {
                let is_stopped = notice::stop_mail(&mut tx, account, notice, reason).await?;
                is_stopped.then(|| {
                    format!(
                        "Stopped mail to {address} (account {}): {reason}.",
                        account.0
                    )
                })
            }
            Err(Error::NotFound | Error::Invalid(_)) => None,
            Err(error) => return Err(error),
        },
        // Somebody asked for such a letter, and may ask for another one.
        (_, Some(_)) if *is_complaint => None,
        (_, Some(letter)) => account_mail::give_up(&mut tx, letter, address, reason)
            .await?
            .then(|| format!("The letter to {address} counts as given up: {reason}.")),
        _ => None,
    };
    tx.commit().await?;
    Ok(done.unwrap_or_else(|| {
        format!("Nothing changed: {letter} is not a letter that can be stopped, or was not sent to {address} in recent weeks.")
    }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this command has no database, whose clock it could read"
)]
fn letter(address: &str, home: &str) -> anyhow::Result<Letter> {
    let now = OffsetDateTime::now_utc();
    let url =
        Url::parse(home).with_context(|| format!("the public URL {home} is not a valid URL"))?;
    let id = LetterId::new(format!("test-{}", Uuid::new_v4())).context("a UUID is an id")?;
    Ok(Letter {
        id,
        date: now,
        to: Recipient::new(address, "")?,
        subject: "Guildhall can send mail".to_owned(),
        preheader: "This is the letter of `guildhall mail test`.".to_owned(),
        blocks: vec![
            Block::Heading("Guildhall can send mail".to_owned()),
            Block::Paragraph(
                "Check that this letter is not in the spam folder, and that its headers say dkim=pass and spf=pass."
                    .to_owned(),
            ),
            Block::Facts(vec![Fact {
                label: "Sent".to_owned(),
                value: guildhall::moment::rfc3339(now),
            }]),
        ],
        button: Some(Link::new("Open Guildhall", url)),
        why: "You get this because somebody with access to the server ran `guildhall mail test` with your address."
            .to_owned(),
        footer: Vec::new(),
        unsubscribe: None,
        thread: None,
    })
}
