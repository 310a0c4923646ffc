//! The bodies of messages: signed JSON for systems, a line of text for chats, and the JSON of a browser's notification.

use guildhall::{
    moment, money::Money, notice::Notice, saved_search::FoundProject, text, webhook::WebhookFormat,
};
use serde::Serialize;
use serde_json::{json, value::RawValue};
use uuid::Uuid;

/// The longest text that Discord takes, in characters.
const LONGEST_CONTENT: usize = 2000;
/// What Discord reads as Markdown.
const MARKDOWN: &str = "\\`*_~|>#-+[]()<:@!";
/// The longest part of a notice's text in a chat, in characters, so that the link after it is never cut off. Push services take
/// messages of 4,096 bytes, so it fits there, too.
const LONGEST_TEXT: usize = 700;

/// The body of a message; for a browser, the caller still has to encrypt it. `id` is the message's id, `base_url` the
/// site's address without a trailing slash; `is_quiet` is true in the recipient's quiet hours.
///
/// # Errors
/// If an amount is not a JSON number.
pub(super) fn body(
    format: WebhookFormat,
    id: Uuid,
    notice: &Notice,
    base_url: &str,
    is_quiet: bool,
) -> serde_json::Result<Vec<u8>> {
    match format {
        WebhookFormat::Standard => serde_json::to_vec(&StandardBody::new(notice, base_url)?),
        WebhookFormat::Slack => {
            let text = line(notice, base_url, slack_escaped, |url| url.to_owned());
            serde_json::to_vec(&json!({ "text": text }))
        }
        WebhookFormat::Discord => {
            // Angle brackets keep Discord from showing a preview.
            let text = line(notice, base_url, markdown_escaped, |url| format!("<{url}>"));
            let content: String = text.chars().take(LONGEST_CONTENT).collect();
            let nobody: [&str; 0] = [];
            serde_json::to_vec(
                &json!({ "content": content, "allowed_mentions": { "parse": nobody } }),
            )
        }
        WebhookFormat::Push => serde_json::to_vec(&json!({
            "title": notice.kind.title(),
            "body": shown_text(notice),
            "url": notice.path(),
            // A repeat replaces what is shown.
            "tag": id,
            "silent": is_quiet,
        })),
    }
}

/// The payload of the specification: a type, a time, and data.
#[derive(Serialize)]
struct StandardBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    /// Counts the account's notices.
    number: i64,
    title: &'static str,
    text: String,
    url: String,
    project: Option<Project<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lowest_bid_amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_bid_amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_count: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<Search<'a>>,
}

#[derive(Serialize)]
struct Project<'a> {
    id: i64,
    name: &'a str,
    deadline: String,
}

#[derive(Serialize)]
struct Search<'a> {
    name: &'a str,
    projects: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    id: i64,
    name: &'a str,
}

impl<'a> StandardBody<'a> {
    fn new(notice: &'a Notice, base_url: &str) -> serde_json::Result<Self> {
        let facts = &notice.facts;
        let amount = |money: Option<Money>| {
            let number = money.map(|money| RawValue::from_string(money.to_json()));
            number.transpose()
        };
        let project = notice.project.as_ref().map(|project| Project {
            id: project.id.0,
            name: &project.name,
            deadline: moment::rfc3339(project.deadline),
        });
        let found = |found: &'a FoundProject| Found {
            id: found.id.0,
            name: &found.name,
        };
        let search = facts.search.as_ref().map(|search| Search {
            name: &search.name,
            projects: search.found.iter().map(found).collect(),
        });
        let currency = facts
            .lowest
            .or(facts.own)
            .map(|money| money.currency().code());
        let data = Data {
            number: notice.number,
            title: notice.kind.title(),
            text: notice.text(),
            url: format!("{base_url}{}", notice.path()),
            project,
            currency,
            lowest_bid_amount: amount(facts.lowest)?,
            own_bid_amount: amount(facts.own)?,
            bid_count: facts.bids,
            search,
        };
        Ok(Self {
            kind: notice.kind.name(),
            timestamp: moment::rfc3339(notice.created_at),
            data,
        })
    }
}

/// A notice below its title.
fn shown_text(notice: &Notice) -> String {
    let name = notice.project.as_ref().map(|project| project.name.as_str());
    let name = name.map_or_else(String::new, |name| format!("{}\n", text::isolated(name)));
    shortened(&format!("{name}{}", notice.text()))
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

/// A notice for people who read a chat.
fn line(
    notice: &Notice,
    base_url: &str,
    escaped: fn(&str) -> String,
    link: fn(&str) -> String,
) -> String {
    let about = notice.project.as_ref().map(|project| project.name.as_str());
    let about = about.map_or_else(String::new, |name| format!(": {name}"));
    let text = format!("{}{about}\n{}", notice.kind.title(), notice.text());
    let text = shortened(&text);
    let url = format!("{base_url}{}", notice.path());
    format!("{}\n{}", escaped(&text), link(&url))
}

/// Slack's escapes, without which text could mention people or contain links. Mattermost, which takes the same format, also
/// reads `@all` and Markdown links: an invisible character that joins words (U+2060) keeps them apart.
fn slack_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('@', "@\u{2060}")
        .replace("](", "]\u{2060}(")
}

fn markdown_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if MARKDOWN.contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::{
        money::Currency,
        notice::{AboutProject, NoticeFacts, NoticeKind},
        project::ProjectId,
    };
    use proptest::prelude::*;
    use serde_json::Value;
    use time::macros::datetime;

    fn notice(name: &str) -> Notice {
        Notice {
            number: 7,
            kind: NoticeKind::NewLowest,
            project: Some(AboutProject {
                id: ProjectId(5),
                name: name.to_owned(),
                deadline: datetime!(2027-01-31 17:00 UTC),
                lowest_minor: Some(900_719_925_474_099_310),
            }),
            facts: NoticeFacts {
                lowest: Some(Money::from_minor(900_719_925_474_099_310, Currency::Eur)),
                bids: Some(3),
                ..NoticeFacts::default()
            },
            created_at: datetime!(2027-01-30 09:30 UTC),
            read_at: None,
        }
    }

    fn text(format: WebhookFormat, notice: &Notice) -> String {
        let bytes = body(
            format,
            Uuid::nil(),
            notice,
            "https://guildhall.example",
            false,
        )
        .expect("serializes");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    #[test]
    fn systems_get_the_kind_the_time_and_exact_figures() {
        assert_eq!(
            text(
                WebhookFormat::Standard,
                &notice("Shop \"window\"\r\nX-Evil: 1")
            ),
            concat!(
                r#"{"type":"bid.lowest","timestamp":"2027-01-30T09:30:00Z","data":{"number":7,"title":"New lowest bid","#,
                r#""text":"The lowest bid is now €9,007,199,254,740,993.10. There are 3 active bids.","#,
                r#""url":"https://guildhall.example/projects/5","project":{"id":5,"name":"Shop \"window\"\r\nX-Evil: 1","#,
                r#""deadline":"2027-01-31T17:00:00Z"},"currency":"EUR","lowest_bid_amount":9007199254740993.1,"bid_count":3}}"#
            )
        );
    }

    #[test]
    fn a_chat_gets_a_line_that_mentions_nobody() {
        let hostile = notice("<!channel> & [a](http://x) **@everyone**");
        let slack: Value =
            serde_json::from_str(&text(WebhookFormat::Slack, &hostile)).expect("JSON");
        assert_eq!(
            slack["text"],
            "New lowest bid: &lt;!channel&gt; &amp; [a]\u{2060}(http://x) **@\u{2060}everyone**\n\
             The lowest bid is now €9,007,199,254,740,993.10. There are 3 active bids.\n\
             https://guildhall.example/projects/5"
        );
        let discord: Value =
            serde_json::from_str(&text(WebhookFormat::Discord, &hostile)).expect("JSON");
        assert_eq!(discord["allowed_mentions"], json!({ "parse": [] }));
        let content = discord["content"].as_str().expect("text");
        assert!(content.starts_with("New lowest bid\\: \\<\\!channel\\> & \\[a\\]\\(http\\://x\\) \\*\\*\\@everyone\\*\\*\n"), "{content}");
        assert!(
            content.ends_with("\n<https://guildhall.example/projects/5>"),
            "{content}"
        );
    }

    #[test]
    fn a_browser_gets_what_it_shows() {
        let hostile = notice("\u{5e9}op <b>\r\n");
        let shown = |is_quiet| -> Value {
            let bytes = body(
                WebhookFormat::Push,
                Uuid::nil(),
                &hostile,
                "https://guildhall.example",
                is_quiet,
            );
            serde_json::from_slice(&bytes.expect("serializes")).expect("JSON")
        };
        assert_eq!(
            shown(false),
            json!({
                "title": "New lowest bid",
                "body": "\u{2068}\u{5e9}op <b>\r\n\u{2069}\nThe lowest bid is now €9,007,199,254,740,993.10. There are 3 active bids.",
                "url": "/projects/5",
                "tag": "00000000-0000-0000-0000-000000000000",
                "silent": false,
            })
        );
        assert_eq!(shown(true)["silent"], true);
    }

    proptest! {
        #[test]
        fn a_message_to_a_browser_is_never_too_long(name in "\\PC{0,900}|\u{1f600}{0,900}|\"{0,900}") {
            // Of 4,096 bytes, the coding takes 86 for its header and 17 for the record.
            prop_assert!(text(WebhookFormat::Push, &notice(&name)).len() <= 4096 - 103);
        }

        #[test]
        fn discord_takes_every_text_with_its_link(name in "\\PC{0,900}|[*]{0,900}") {
            let said: Value = serde_json::from_str(&text(WebhookFormat::Discord, &notice(&name))).expect("JSON");
            let content = said["content"].as_str().expect("text");
            prop_assert!(content.chars().count() <= LONGEST_CONTENT);
            prop_assert!(content.ends_with("<https://guildhall.example/projects/5>"));
        }
    }
}
