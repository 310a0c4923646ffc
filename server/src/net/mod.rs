//! TLS, connections, and the limits on connections and open files.

pub(crate) mod connection;
pub(crate) mod open_files;
pub(crate) mod tls;
