//! The REST API: the doors that programs come through, under `/api/v1`. The contract is fixed, since clients exist.
//! A door takes who asks from the token, reads what was sent, calls one verb and answers; it holds no rule.

pub(crate) mod account;
mod admission;
mod amount;
pub(crate) mod award;
pub(crate) mod bid;
mod body;
mod call;
pub(crate) mod changes;
mod cursor;
mod deadline;
mod described;
mod example;
mod headers;
pub(crate) mod layers;
mod layout;
mod limit;
mod list;
mod once;
mod openapi;
mod problem;
pub(crate) mod project;
mod project_list;
mod query;
mod ready;
mod reference;
mod seen;
mod state;

pub(crate) use described::Described;
pub(crate) use layers::known;
pub(crate) use openapi::Document;
pub(crate) use state::Api;
