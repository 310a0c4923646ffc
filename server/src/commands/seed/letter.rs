//! Examples at `/dev/mail`: a letter with everything that one may have, and one of every kind.

use crate::{
    mail::{Block, Fact, Item, Letter, LetterId, Link, Mailer, Recipient, ThreadKey},
    worker::{LetterWriter, example_letters},
};
use anyhow::Context;
use guildhall::{account::Contact, kept_mail, store};
use sqlx::PgPool;
use time::OffsetDateTime;
use url::Url;

/// Who the examples are addressed to.
const READER: &str = "reader@guildhall.example";

/// Keeps the examples in place of those of an earlier start. `home` is the site's address.
///
/// # Errors
/// If they cannot be stored.
pub async fn keep_examples(pool: &PgPool, mailer: &Mailer, home: &str) -> anyhow::Result<()> {
    let now = store::now(&mut *pool.acquire().await?).await?;
    let writer = LetterWriter::new(mailer.clone(), home.to_owned());
    let reader = Contact {
        name: "Zoë Läufer".to_owned(),
        email: READER.to_owned(),
    };
    let mut letters = vec![example(home, now)?];
    letters.extend(example_letters(&writer, pool, &reader, now).await?);
    kept_mail::forget_address(&mut *pool.acquire().await?, READER).await?;
    for letter in &letters {
        mailer
            .send(letter)
            .await
            .context("cannot keep an example of a letter")?;
    }
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
        to: Recipient::new(READER, "Zoë Läufer")?,
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
