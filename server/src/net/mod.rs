//! Sockets: TLS, connections and how many there may be.

pub(crate) mod connection;
pub(crate) mod open_files;
pub(crate) mod tls;
