//! The REST API: endpoints for programs, under `/api/v1`.
//!
//! The contract is fixed, because clients depend on it.
//!
//! An endpoint takes the caller from the token, reads what was sent, calls one use case and answers. It contains no
//! rules. `server/tests/parity.rs` runs one story through the pages and through the API, and compares the database.
//!
//! - Neither cookies nor sessions reach the API, so no page can make a browser act for its user. Programs on
//!   any site may call it (CORS, without credentials).
//! - Public data needs no token. An invalid token is refused even there, so that a mistake is noticed. The names behind
//!   pseudonyms need a token with `bids:read`, of an account that may see them.
//! - A page by cursor costs the same at any depth, because an index finds its start. A numbered page scans what comes
//!   before it, in the index alone, so it costs more the deeper it is.
//! - The document of the API is built from the endpoints (utoipa, OpenAPI 3.1). schemathesis checks the server against
//!   it (`bin/test --api`), and a test sends every example.

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
mod json_body;
pub(crate) mod layers;
mod limit;
mod list;
mod new_project;
mod once;
mod problem;
pub(crate) mod project;
mod project_list;
mod query;
mod state;

pub(crate) use document::{ApiDescription, Document};
pub(crate) use layers::all_endpoints;
pub(crate) use state::Api;
