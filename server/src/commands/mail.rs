//! `guildhall mail test`: sends one letter, so that an operator sees whether the settings work.

use crate::{
    config::{MailCommand, MailTestConfig},
    database::runtime,
    mail::{Block, Fact, Letter, LetterId, Link, Mailer, Recipient},
    monitoring::telemetry::say,
};
use anyhow::{Context, anyhow};
use std::process::ExitCode;
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
