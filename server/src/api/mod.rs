//! The REST API: the doors that programs come through, under `/api/v1`. The contract is fixed, since clients exist.
//! A door takes who asks from the token, reads what was sent, calls one verb and answers; it holds no rule.

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
