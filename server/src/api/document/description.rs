use super::{example, openapi, reference};
use app::pages::api_docs::Reference;
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;
use utoipa::openapi::OpenApi;

/// The API's description for programs and for people. It changes once a month, with the deadlines in its examples.
pub(crate) struct ApiDescription {
    base_url: String,
    /// The document with the placeholder deadline.
    text: String,
    /// The dated text last used, and the reference built from it, which takes longer to build than to render.
    read: Mutex<Option<(String, Arc<Reference>)>>,
}

impl ApiDescription {
    pub(crate) fn new(document: OpenApi, base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            text: openapi::json(document, base_url),
            read: Mutex::new(None),
        }
    }

    /// The document, with examples that can be sent now.
    pub(crate) fn document(&self, now: OffsetDateTime) -> String {
        example::with_future_deadlines(&self.text, now)
    }

    /// The reference for people.
    pub(crate) fn reference(&self, now: OffsetDateTime) -> Arc<Reference> {
        let text = self.document(now);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((known, reference)) if *known == text => Arc::clone(reference),
            _ => {
                let reference = Arc::new(reference::read(&text, &self.base_url));
                *read = Some((text, Arc::clone(&reference)));
                reference
            }
        }
    }
}
