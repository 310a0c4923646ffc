//! HTTP for pages and the API alike: reading requests, limits, security headers, compression.

pub(crate) mod compress;
pub(crate) mod conditional;
pub(crate) mod csv;
pub(crate) mod guard;
pub(crate) mod guarded_body;
pub(crate) mod rate_limit;
pub(crate) mod request;
pub(crate) mod request_body;
pub(crate) mod security;
pub(crate) mod slash;
pub(crate) mod status;
