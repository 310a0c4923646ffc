//! One e-mail to one person, before it is rendered.

use super::Recipient;
use std::fmt;
use time::OffsetDateTime;
use url::Url;

/// A message to one person. Texts may contain anything: whatever could break a header or hide text is removed when the
/// letter is composed.
#[derive(Debug, Clone)]
pub struct Letter {
    pub id: LetterId,
    /// When the letter was written. A retry has the same date.
    pub date: OffsetDateTime,
    pub to: Recipient,
    pub subject: String,
    /// What mail programs show beside the subject in a list.
    pub preheader: String,
    pub blocks: Vec<Block>,
    /// The one thing to do next, below the blocks.
    pub button: Option<Link>,
    /// Why the recipient gets the letter: "You get this because …"
    pub why: String,
    /// Links below the reason, such as to the preferences.
    pub footer: Vec<Link>,
    /// The URL that unsubscribes from this kind of mail: GET shows a page, and POST unsubscribes at once, without a
    /// session (RFC 8058).
    pub unsubscribe: Option<Url>,
    /// Letters with the same key are shown as one conversation.
    pub thread: Option<ThreadKey>,
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Heading(String),
    Paragraph(String),
    /// A table of two columns.
    Facts(Vec<Fact>),
    /// A list, such as the projects that fit a search.
    Items(Vec<Item>),
}

/// A row of a table of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// An entry in a list: a link and a line about it, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub link: Link,
    pub detail: String,
}

/// A link to a page. A letter is refused if a link's scheme is neither http nor https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    pub url: Url,
}

impl Link {
    #[must_use]
    pub fn new(text: impl Into<String>, url: Url) -> Self {
        Self {
            text: text.into(),
            url,
        }
    }
}

/// Identifies a letter permanently: the same id always gives the same `Message-ID`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LetterId(String);

impl LetterId {
    /// `None` unless it is 1 to 100 ASCII letters, digits, hyphens and underscores.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Option<Self> {
        valid_key(id.into()).map(Self)
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a conversation is about, such as `project-7`. Its first message, to which all others reply, is never sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ThreadKey(String);

impl ThreadKey {
    /// `None` unless it is 1 to 100 ASCII letters, digits, hyphens and underscores.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Option<Self> {
        valid_key(key.into()).map(Self)
    }
}

impl fmt::Display for ThreadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the text if it is valid as the left part of a message id (RFC 5322, section 3.6.4) and short enough for one
/// line.
fn valid_key(text: String) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    ((1..=100).contains(&text.len()) && text.chars().all(is_plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_plain_and_short() {
        for id in ["notice-7-12", "x", "A_1"] {
            assert_eq!(
                LetterId::new(id).map(|id| id.to_string()).as_deref(),
                Some(id)
            );
            assert!(ThreadKey::new(id).is_some());
        }
        for id in ["", "a b", "a@b", "a>", "a\r\nBcc: x", "ä", &"x".repeat(101)] {
            assert_eq!(LetterId::new(id), None, "{id}");
            assert_eq!(ThreadKey::new(id), None, "{id}");
        }
    }
}
