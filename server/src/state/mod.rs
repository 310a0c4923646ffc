//! What pages and the API both have at hand. What only one of them needs is in [`web`](crate::web) or [`api`](crate::api).

mod callers;
mod request_limits;
mod settings;
mod shared;

pub(crate) use callers::Callers;
pub(crate) use request_limits::{ACCOUNTS_AN_ADDRESS, RequestLimits, Requester};
pub(crate) use settings::Settings;
pub use shared::Shared;
