//! Sockets: TLS, connections, and limits on both.

pub(crate) mod connection;
pub(crate) mod open_files;
pub(crate) mod tls;
