//! Limits on the number of event streams.
//!
//! They are counted per process (`--live-streams`, 503), per address (`--live-streams-per-address`, 429), and per
//! account (50, 429).

use crate::state::Requester;
use guildhall::{Error, Result};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The maximum number of streams per account; each tab with an open dashboard takes one.
const MAX_PER_ACCOUNT: u32 = 50;

/// How many streams this process holds, and who holds them.
pub(crate) struct StreamPlaces {
    /// 0 for no limit.
    most: u32,
    most_an_address: u32,
    taken: Mutex<PlacesTaken>,
}

#[derive(Default)]
struct PlacesTaken {
    in_all: u32,
    by: HashMap<Requester, u32>,
}

impl StreamPlaces {
    pub fn new(most: u32, most_an_address: u32) -> Self {
        Self {
            most,
            most_an_address,
            taken: Mutex::default(),
        }
    }

    /// Takes a place for one stream, until the place is dropped.
    ///
    /// # Errors
    /// `Busy` when all are taken, `TooManyTries` when `who` holds too many.
    pub fn take(self: &Arc<Self>, who: Requester) -> Result<StreamPlace> {
        let most_each = match who {
            Requester::Account(_) => MAX_PER_ACCOUNT,
            Requester::Address(_) => self.most_an_address,
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if is_full(taken.in_all, self.most) {
            // Long enough that pages, which poll meanwhile, don't try to open a stream at every poll.
            let retry_after = Duration::from_secs(30);
            return Err(Error::Busy { retry_after });
        }
        let own = taken.by.entry(who).or_default();
        if is_full(*own, most_each) {
            let retry_after = Duration::from_secs(60);
            return Err(Error::TooManyTries { retry_after });
        }
        *own += 1;
        taken.in_all += 1;
        Ok(StreamPlace {
            places: self.clone(),
            who,
        })
    }
}

const fn is_full(taken: u32, most: u32) -> bool {
    most != 0 && taken >= most
}

/// One stream's place, released when it is dropped.
pub(crate) struct StreamPlace {
    places: Arc<StreamPlaces>,
    who: Requester,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.in_all -= 1;
        if let Some(own) = taken.by.get_mut(&self.who) {
            *own -= 1;
            if *own == 0 {
                taken.by.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn streams_are_limited_per_address_and_in_all_until_one_ends() {
        let places = Arc::new(StreamPlaces::new(3, 2));
        let at = |last| Requester::at(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        let first = places.take(at(1)).unwrap();
        let _second = places.take(at(1)).unwrap();
        assert!(matches!(
            places.take(at(1)),
            Err(Error::TooManyTries { .. })
        ));
        let _other = places.take(at(2)).unwrap();
        assert!(matches!(places.take(at(3)), Err(Error::Busy { .. })));
        drop(first);
        assert!(places.take(at(1)).is_ok());
    }
}
