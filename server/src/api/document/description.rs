use super::{example, openapi, reference};
use app::pages::api_docs::Reference;
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;
use utoipa::openapi::OpenApi;

/// The OpenAPI document for programs, and the reference for people. Both change once a month, with the deadlines in
/// their examples.
pub(crate) struct ApiDescription {
    base_url: String,
    /// The document with the placeholder deadline.
    text: String,
    /// The last document and the reference built from it, because building it takes longer than rendering it.
    cached: Mutex<Option<(String, Arc<Reference>)>>,
}

impl ApiDescription {
    pub(crate) fn new(document: OpenApi, base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            text: openapi::json(document, base_url),
            cached: Mutex::new(None),
        }
    }

    /// The document, with examples that can be sent now.
    pub(crate) fn document(&self, now: OffsetDateTime) -> String {
        example::with_future_deadlines(&self.text, now)
    }

    /// The reference for people.
    pub(crate) fn reference(&self, now: OffsetDateTime) -> Arc<Reference> {
        let text = self.document(now);
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some((known, reference)) if *known == text => Arc::clone(reference),
            _ => {
                let reference = Arc::new(reference::read(&text, &self.base_url));
                *cached = Some((text, Arc::clone(&reference)));
                reference
            }
        }
    }
}
