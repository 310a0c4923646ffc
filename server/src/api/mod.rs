//! The REST API: the doors that programs come through, under `/api/v1`. The contract is fixed, since clients exist.
//! A door takes who asks from the token, reads what was sent, calls one verb and answers; it holds no rule.

mod account;
mod admission;
mod amount;
mod award;
mod bid;
mod body;
mod call;
mod callers;
mod changes;
mod cursor;
mod deadline;
mod described;
mod example;
mod headers;
mod layout;
mod limit;
mod list;
mod once;
mod openapi;
mod problem;
mod project;
mod project_list;
mod query;
mod ready;
mod reference;
mod router;
mod seen;

pub(crate) use callers::Callers;
pub(crate) use described::Described;
pub(crate) use limit::{Limits, Who};
pub use openapi::document;
pub(crate) use router::{router, routes};
pub(crate) use seen::Seen;
