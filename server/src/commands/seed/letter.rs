//! An example at `/dev/mail`, so that it is not empty and shows everything that a letter may have.

use crate::mail::{Block, Fact, Item, Letter, LetterId, Link, Mailer, Recipient, ThreadKey};
use anyhow::Context;
use guildhall::store;
use sqlx::PgPool;
use time::OffsetDateTime;
use url::Url;

/// Keeps the example, unless it is kept already. `home` is the site's address.
///
/// # Errors
/// If it cannot be stored.
pub async fn keep_example(pool: &PgPool, mailer: &Mailer, home: &str) -> anyhow::Result<()> {
    let now = store::now(&mut *pool.acquire().await?).await?;
    let letter = example(home, now)?;
    mailer
        .send(&letter)
        .await
        .context("cannot keep the example of a letter")?;
    Ok(())
}

fn example(home: &str, date: OffsetDateTime) -> anyhow::Result<Letter> {
    let url =
        |path: &str| Url::parse(&format!("{home}{path}")).context("the site has no valid URL");
    let fact = |label: &str, value: &str| Fact {
        label: label.to_owned(),
        value: value.to_owned(),
    };
    let item = |text: &str, detail: &str| -> anyhow::Result<Item> {
        Ok(Item {
            link: Link::new(text, url("/projects")?),
            detail: detail.to_owned(),
        })
    };
    Ok(Letter {
        id: LetterId::new("example").context("this is an id")?,
        date,
        to: Recipient::new("reader@guildhall.example", "Zoë Läufer")?,
        subject: "An example of a letter – with “quotes”, an umlaut and 日本語".to_owned(),
        preheader: "What a mail program shows beside the subject.".to_owned(),
        blocks: vec![
            Block::Heading("An example of a letter".to_owned()),
            Block::Paragraph(
                "This server sends no mail. What it would send is kept on these pages, where each message looks as its reader would see it."
                    .to_owned(),
            ),
            Block::Facts(vec![
                fact("Project", "Restore the stepped gable of a town house, with new brickwork"),
                fact("Lowest bid", "EUR 12,450.00"),
                fact("Deadline", "Fri 28 Nov 2026, 17:00 CET"),
            ]),
            Block::Items(vec![
                item("A link in a list", "And a line about it.")?,
                item("מחרוזת מימין לשמאל", "Text of the other direction keeps its order.")?,
            ]),
        ],
        button: Some(Link::new("Open projects", url("/projects")?)),
        why: "You see this because the server runs with demo data.".to_owned(),
        footer: vec![Link::new("All mail", url("/dev/mail")?)],
        unsubscribe: None,
        thread: ThreadKey::new("example-thread"),
    })
}
