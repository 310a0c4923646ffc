use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A place in a list: which list, and the two numbers that its order is made of. Opaque to callers, so that it may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub list: String,
    pub key: i64,
    pub id: i64,
}

/// The longest text that is looked at.
const LONGEST: usize = 200;

impl Cursor {
    pub fn new(list: impl Into<String>, key: i64, id: i64) -> Self {
        Self {
            list: list.into(),
            key,
            id,
        }
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split(' ');
        let cursor = Self {
            list: parts.next()?.to_owned(),
            key: parts.next()?.parse().ok()?,
            id: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }

    /// The text that callers get and send back.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {} {}", self.list, self.key, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_one() {
        let cursor = Cursor::new("-deadline", i64::MIN, i64::MAX);
        assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
        for text in ["", "x", "!!", "aWQ", "aWQgMSAyIDM", &"A".repeat(300)] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
