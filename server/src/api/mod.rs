//! The REST API: endpoints for programs, under `/api/v1`.
//!
//! The contract is fixed, because clients exist.
//!
//! An endpoint takes the caller from the token, reads what was sent, calls one use case and answers. It holds no rule.
//! `server/tests/parity.rs` runs one story through the pages and through the API, and compares the database.
//!
//! - Neither cookies nor sessions reach the API, so no browser acts for somebody without their knowledge. Programs of
//!   any site may call it (CORS, without credentials).
//! - What everybody may see needs no token. An invalid token is refused all the same, so that a mistake does not pass
//!   for an answer. Names behind pseudonyms need a token with `bids:read` of an account that may know them.
//! - Lists by cursor cost the same however far they are, because each page is found by an index. Numbered pages skip
//!   what comes before them, in the index alone, so they cost more the farther they are.
//! - The document of the API is built from the endpoints (utoipa, OpenAPI 3.1). schemathesis checks the server against
//!   it (`bin/test --api`), and the tests run every example.

pub(crate) mod account;
mod admission;
mod amount;
mod answer_cache;
pub(crate) mod award;
pub(crate) mod bid;
mod body;
mod call;
pub(crate) mod changes;
mod cursor;
mod deadline;
mod document;
mod headers;
pub(crate) mod layers;
mod limit;
mod list;
mod once;
mod problem;
pub(crate) mod project;
mod project_list;
mod query;
mod ready;
mod state;

pub(crate) use document::{Described, Document};
pub(crate) use layers::known;
pub(crate) use state::Api;
