//! What requests and answers have in common, for pages and the API alike.

pub(crate) mod guarded_body;
pub(crate) mod rate_limit;
pub(crate) mod request_body;
pub(crate) mod slash;
