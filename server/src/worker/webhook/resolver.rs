//! Looks up host names, and refuses those with an address that webhooks may not reach. The connection uses the addresses
//! that were checked, so a name that resolves differently a moment later changes nothing.

use futures_util::future::BoxFuture;
use guildhall::webhook::Networks;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Looks a name up.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Asks the system.
#[must_use]
pub fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// A name that leads where webhooks may not.
#[derive(Debug, thiserror::Error)]
#[error("This address does not lead to the public internet.")]
pub(super) struct NotPublic;

/// Refuses a name if any of its addresses is not allowed.
pub(super) struct CheckedResolver {
    lookup: Lookup,
    networks: Arc<Networks>,
    /// True if only the operator's networks are allowed.
    is_internal: bool,
}

impl CheckedResolver {
    pub fn new(lookup: Lookup, networks: Arc<Networks>, is_internal: bool) -> Self {
        Self {
            lookup,
            networks,
            is_internal,
        }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let looking = (self.lookup)(name.as_str().to_owned());
        let (networks, is_internal) = (Arc::clone(&self.networks), self.is_internal);
        Box::pin(async move {
            let found = looking.await?;
            let is_allowed = |address: &IpAddr| networks.allow(*address, is_internal);
            if !found.iter().all(is_allowed) {
                return Err(NotPublic.into());
            }
            // The client fills in the port.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}
