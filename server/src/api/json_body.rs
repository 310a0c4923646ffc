//! JSON bodies that are serialized once and sent to many clients.
//!
//! They keep their `ETag`, so an unchanged answer costs neither a query nor a hash.

use super::admission;
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use guildhall::{Error, Result};
use serde::Serialize;
use std::sync::Arc;

/// A serialized JSON body with its `ETag` and links.
#[derive(Debug, Clone)]
pub(crate) struct JsonBody(Arc<JsonParts>);

#[derive(Debug)]
struct JsonParts {
    body: Bytes,
    tag: HeaderValue,
    link: Option<HeaderValue>,
}

impl JsonBody {
    pub fn new(body: &impl Serialize, links: &[String]) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(Error::unexpected)?;
        let link = (!links.is_empty()).then(|| HeaderValue::from_str(&links.join(", ")));
        Ok(Self(Arc::new(JsonParts {
            tag: admission::tag_of(&body),
            link: link.transpose().map_err(Error::unexpected)?,
            body: body.into(),
        })))
    }

    /// The size in the cache, in bytes.
    pub fn weight(&self) -> usize {
        self.0.body.len() + self.0.link.as_ref().map_or(0, HeaderValue::len)
    }
}

impl IntoResponse for JsonBody {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0.body.clone()));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::ETAG, self.0.tag.clone());
        if let Some(link) = &self.0.link {
            headers.insert(header::LINK, link.clone());
        }
        response
    }
}
