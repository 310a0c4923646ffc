use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A position in a list: the list's name and the two numbers it is ordered by. Opaque to clients, so that it may
/// change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub list: String,
    pub key: i64,
    pub id: i64,
}

/// Maximum length of a cursor's text, in bytes.
const LONGEST: usize = 200;

impl Cursor {
    pub fn new(list: impl Into<String>, key: i64, id: i64) -> Self {
        Self {
            list: list.into(),
            key,
            id,
        }
    }

    /// Parses the output of [`Self::to_text`].
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

    /// The text that clients receive and send back.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {} {}", self.list, self.key, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_survives_a_round_trip_and_other_text_is_refused() {
        let cursor = Cursor::new("-deadline", i64::MIN, i64::MAX);
        assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
        for text in ["", "x", "!!", "aWQ", "aWQgMSAyIDM", &"A".repeat(300)] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
