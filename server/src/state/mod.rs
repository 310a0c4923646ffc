//! The state that pages and the API share. What only one of them needs is in [`Web`](crate::web::Web) or
//! [`Api`](crate::api::Api).

mod callers;
mod request_limits;
mod settings;
mod shared;

pub(crate) use callers::Callers;
pub(crate) use request_limits::{ACCOUNTS_PER_ADDRESS, RequestLimits, Requester};
pub(crate) use settings::{Settings, origin, public_origin};
pub use shared::Shared;
