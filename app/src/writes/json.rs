//! JSON between islands and server functions.

use bytes::Bytes;
#[cfg(feature = "hydrate")]
pub(super) use leptos::json::write;
#[cfg(not(feature = "hydrate"))]
pub(super) use leptos::serde_json::to_string as write;
use leptos::{
    serde_json,
    server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post},
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Like `server_fn`'s own encoding, but with the parser that also reads the islands' properties.
pub struct JsonText;

/// Arguments and results as JSON in the bodies of a `POST` and its response.
pub type Json = Post<JsonText>;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = NotJson;

    fn encode(value: &T) -> Result<Bytes, NotJson> {
        let text = write(value).map_err(|_| NotJson)?;
        Ok(Bytes::from(text))
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = NotJson;

    fn decode(bytes: Bytes) -> Result<T, NotJson> {
        let text = std::str::from_utf8(&bytes).map_err(|_| NotJson)?;
        serde_json::from_str(text).map_err(|_| NotJson)
    }
}

/// The text is not JSON, or does not have the expected members.
#[derive(Debug)]
pub struct NotJson;

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unexpected JSON")
    }
}

impl std::error::Error for NotJson {}
