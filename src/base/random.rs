//! Randomness of the system, for secrets and for numbers that nobody can guess.

use crate::{Error, Result};
use uuid::{Builder, Uuid};

/// # Errors
/// `Unexpected` if the system has no random source.
pub(crate) fn bytes<const COUNT: usize>() -> Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).map_err(Error::unexpected)?;
    Ok(bytes)
}

/// A UUID of version 4 (RFC 9562, section 5.4).
///
/// # Errors
/// `Unexpected` if the system has no random source.
pub(crate) fn uuid() -> Result<Uuid> {
    Ok(Builder::from_random_bytes(bytes()?).into_uuid())
}
