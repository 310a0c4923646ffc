//! Every SQL statement of the authorization server, a file a noun. Whoever uses a code or token up holds its grant's row.

pub(super) mod client;
pub(super) mod code;
pub(super) mod device;
pub(super) mod grant;
pub(super) mod refresh;
pub(super) mod token;
