//! Mail through a real relay, and the pages that show what a server without a relay keeps.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod command;
mod delivery;
mod failures;
mod pages;
#[path = "../support/program.rs"]
mod program;
mod relay;
mod start;
#[path = "../support/mod.rs"]
mod support;

use server::mail::{Block, Fact, Item, Letter, LetterId, Link, Recipient, ThreadKey};
use time::macros::datetime;
use url::Url;

/// A letter that uses every field and every kind of block.
fn letter(address: &str, name: &str, subject: &str) -> Letter {
    let url = |path: &str| Url::parse(&format!("{}{path}", relay::HOME)).unwrap();
    Letter {
        id: LetterId::new("notice-7-12").unwrap(),
        date: datetime!(2026-11-28 16:00 UTC),
        to: Recipient::new(address, name).unwrap(),
        subject: subject.to_owned(),
        preheader: "EUR 900.00 is the new lowest bid".to_owned(),
        blocks: vec![
            Block::Heading("You were outbid".to_owned()),
            Block::Paragraph("Someone bid less than you on “Dachausbau Müller”.".to_owned()),
            Block::Facts(vec![Fact {
                label: "Lowest bid".to_owned(),
                value: "EUR 900.00".to_owned(),
            }]),
            Block::Items(vec![Item {
                link: Link::new("A window", url("/projects/8")),
                detail: "Ends tomorrow".to_owned(),
            }]),
        ],
        button: Some(Link::new("Bid again", url("/projects/7"))),
        why: "You get this because you bid on this project.".to_owned(),
        footer: vec![Link::new("Preferences", url("/account/notices"))],
        unsubscribe: Some(url("/unsubscribe/s3cr3t")),
        thread: ThreadKey::new("project-7"),
    }
}
