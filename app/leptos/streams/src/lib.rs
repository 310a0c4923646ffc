//! Replaces the crate wasm-streams, which `server_fn` uses for server functions with streams as arguments or results.
//! None of ours has any, but wasm-streams exports three classes to JavaScript, and no linker drops exports: every page
//! would load them.

use futures_core::Stream;
use futures_util::stream::{Once, once};
use std::future::{Ready, ready};
use wasm_bindgen::{JsValue, throw_str};

const UNSUPPORTED: &str =
    "Server functions with streams need the crate wasm-streams: see app/leptos/streams.";

/// A JavaScript stream.
#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    #[must_use]
    pub const fn from_raw(stream: web_sys::ReadableStream) -> Self {
        Self(stream)
    }

    #[must_use]
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Throws a JavaScript error, because streams as arguments are not supported.
    pub fn from_stream<S: Stream<Item = Result<JsValue, JsValue>>>(_: S) -> Self {
        throw_str(UNSUPPORTED)
    }

    /// A stream of one error, because streams as results are not supported.
    pub fn into_stream(self) -> Once<Ready<Result<JsValue, JsValue>>> {
        once(ready(Err(JsValue::from_str(UNSUPPORTED))))
    }
}
