//! Turns a letter into a message (RFC 5322) with a text part and an HTML part.

use super::{
    Letter, LetterId, Recipient, SendError,
    html::HtmlPart,
    letter::{Block, Fact, Item, Link},
    line::{header_line, one_line, paragraph},
    text::TextPart,
};
use lettre::{
    Message,
    address::Envelope,
    message::{
        MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use std::{error::Error, time::SystemTime};
use url::Url;

/// Longer subjects are cut off by mail programs anyway.
const LONGEST_SUBJECT: usize = 150;
const LONGEST_PREHEADER: usize = 200;

/// A composed letter.
pub(super) struct Composed {
    pub message: Message,
    pub message_id: String,
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// What all letters have in common.
pub(super) struct Composer {
    pub from: Recipient,
    /// The site's address, without a trailing slash.
    pub home: String,
}

impl Composer {
    /// # Errors
    /// `LetterRefused` if a link is not an address on the web.
    pub fn compose(&self, letter: &Letter) -> Result<Composed, SendError> {
        let clean = CleanLetter::of(letter)?;
        let html = clean.html(&self.home).map_err(|error| {
            SendError::LetterRefused(format!("it cannot be rendered: {error:#}"))
        })?;
        let text = clean.text(&self.home);
        let message_id = self.message_id(&letter.id);
        let [sender, recipient] = [&self.from, &letter.to].map(|one| one.mailbox().email.clone());
        // lettre would read the addresses back from the headers, and does not understand every address there.
        let envelope = Envelope::new(Some(sender), vec![recipient])
            .map_err(|error| SendError::LetterRefused(error.to_string()))?;
        let mut builder = Message::builder()
            .envelope(envelope)
            .from(self.from.mailbox().clone())
            .to(letter.to.mailbox().clone())
            .subject(clean.subject.clone())
            .date(SystemTime::from(letter.date))
            .message_id(Some(message_id.clone()))
            .header(AutoSubmitted);
        if let Some(thread) = &letter.thread {
            let root = format!("<{thread}@{}>", self.domain());
            builder = builder.in_reply_to(root.clone()).references(root);
        }
        if let Some(url) = &letter.unsubscribe {
            builder = builder
                .header(ListUnsubscribe(url.clone()))
                .header(OneClick);
        }
        let parts = MultiPart::alternative_plain_html(text.clone(), html.clone());
        let message = builder
            .multipart(parts)
            .map_err(|error| SendError::LetterRefused(error.to_string()))?;
        Ok(Composed {
            message,
            message_id,
            subject: clean.subject,
            html,
            text,
        })
    }

    fn message_id(&self, id: &LetterId) -> String {
        format!("<{id}@{}>", self.domain())
    }

    /// The domain of the sender.
    fn domain(&self) -> &str {
        self.from.mailbox().email.domain()
    }
}

/// A letter whose texts are safe for a header and for both parts.
struct CleanLetter {
    subject: String,
    preheader: String,
    blocks: Vec<Block>,
    button: Option<Link>,
    why: String,
    footer: Vec<Link>,
}

impl CleanLetter {
    fn of(letter: &Letter) -> Result<Self, SendError> {
        let mut footer: Vec<Link> = letter.footer.iter().map(link).collect::<Result<_, _>>()?;
        if let Some(url) = &letter.unsubscribe {
            footer.push(link(&Link::new("Unsubscribe", url.clone()))?);
        }
        Ok(Self {
            subject: header_line(&letter.subject, LONGEST_SUBJECT),
            preheader: one_line(&letter.preheader, LONGEST_PREHEADER),
            blocks: letter.blocks.iter().map(block).collect::<Result<_, _>>()?,
            button: letter.button.as_ref().map(link).transpose()?,
            why: paragraph(&letter.why),
            footer,
        })
    }

    fn html(&self, home: &str) -> anyhow::Result<String> {
        let part = HtmlPart {
            home,
            subject: &self.subject,
            preheader: &self.preheader,
            blocks: &self.blocks,
            button: self.button.as_ref(),
            why: &self.why,
            footer: &self.footer,
        };
        part.render_html()
    }

    fn text(&self, home: &str) -> String {
        let part = TextPart {
            home,
            blocks: &self.blocks,
            button: self.button.as_ref(),
            why: &self.why,
            footer: &self.footer,
        };
        part.render()
    }
}

fn block(block: &Block) -> Result<Block, SendError> {
    Ok(match block {
        Block::Heading(text) => Block::Heading(paragraph(text)),
        Block::Paragraph(text) => Block::Paragraph(paragraph(text)),
        Block::Facts(facts) => Block::Facts(facts.iter().map(fact).collect()),
        Block::Items(items) => Block::Items(items.iter().map(item).collect::<Result<_, _>>()?),
    })
}

fn fact(fact: &Fact) -> Fact {
    Fact {
        label: paragraph(&fact.label),
        value: paragraph(&fact.value),
    }
}

fn item(item: &Item) -> Result<Item, SendError> {
    Ok(Item {
        link: link(&item.link)?,
        detail: paragraph(&item.detail),
    })
}

fn link(link: &Link) -> Result<Link, SendError> {
    if !["http", "https"].contains(&link.url.scheme()) {
        let reason = format!("{} is not an address on the web", link.url);
        return Err(SendError::LetterRefused(reason));
    }
    Ok(Link::new(paragraph(&link.text), link.url.clone()))
}

/// Tells programs that answer mail not to answer this (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

/// The URL that unsubscribes from this kind of mail with a single POST (RFC 8058, section 3.1).
#[derive(Clone)]
struct ListUnsubscribe(Url);

#[derive(Clone)]
struct OneClick;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(text.trim_matches(['<', '>']).parse()?))
    }

    fn display(&self) -> HeaderValue {
        // A URL is plain ASCII without spaces or angle brackets, so it needs no encoding.
        let value = format!("<{}>", self.0);
        HeaderValue::dangerous_new_pre_encoded(Self::name(), value.clone(), value)
    }
}

impl Header for OneClick {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}
