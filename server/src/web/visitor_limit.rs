//! How often a visitor who need not be signed in may do something in a minute, in this process.

use crate::http::rate_limit::RateLimit;
use guildhall::{
    Error,
    device::DeviceId,
    origin::{Block, Origin},
};
use std::{net::IpAddr, num::NonZeroU32};

/// Counts visitors. A browser that has signed in before has a count of its own, so that others at its address do not block it.
pub(in crate::web) struct VisitorLimit(RateLimit<Visitor>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Visitor {
    Device(DeviceId),
    Address(Block),
}

impl VisitorLimit {
    pub fn per_minute(most: NonZeroU32) -> Self {
        Self(RateLimit::per_minute(most))
    }

    /// Counts one act of this visitor.
    ///
    /// # Errors
    /// `TooManyTries` above the limit.
    pub fn take(&self, device: Option<DeviceId>, address: IpAddr) -> Result<(), Error> {
        let visitor = match device {
            Some(device) => Visitor::Device(device),
            None => Visitor::Address(Origin::of(address).customer()),
        };
        let taken = self.0.take(&visitor).map(drop);
        taken.map_err(|retry_after| Error::TooManyTries { retry_after })
    }
}
