use super::{example, openapi, reference};
use app::pages::api_docs::Reference;
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;

/// What describes the API to programs and to people. It changes once a month, with the deadlines in its examples.
pub(crate) struct Described {
    base_url: String,
    /// But for the day.
    text: String,
    /// The text that was last read, and what people read of it: making that takes longer than showing it.
    read: Mutex<Option<(String, Arc<Reference>)>>,
}

impl Described {
    pub(crate) fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            text: openapi::json(base_url),
            read: Mutex::new(None),
        }
    }

    /// The document, with examples that can be sent now.
    pub(crate) fn document(&self, now: OffsetDateTime) -> String {
        example::dated(&self.text, now)
    }

    /// The same for people.
    pub(crate) fn reference(&self, now: OffsetDateTime) -> Arc<Reference> {
        let text = self.document(now);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((known, reference)) if *known == text => Arc::clone(reference),
            _ => {
                let made = Arc::new(reference::read(&text, &self.base_url));
                *read = Some((text, Arc::clone(&made)));
                made
            }
        }
    }
}
