//! Tracks which buyers have the page of which project open, in this process.
//!
//! A buyer who sees on the page that the lead is lost needs no notice of it. The feed writes all open pages to the
//! database every 15 s.

use guildhall::{account::AccountId, project::ProjectId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

type Open = HashMap<(AccountId, ProjectId), u32>;

#[derive(Clone, Default)]
pub(super) struct Presences(Arc<Mutex<Open>>);

impl Presences {
    /// Counts an open page until the returned value is dropped.
    pub fn enter(&self, account: AccountId, project: ProjectId) -> Presence {
        let key = (account, project);
        *self.lock().entry(key).or_default() += 1;
        Presence {
            all: self.clone(),
            key,
        }
    }

    /// Every open page, once.
    pub fn all(&self) -> Vec<(AccountId, ProjectId)> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open page.
pub(super) struct Presence {
    all: Presences,
    key: (AccountId, ProjectId),
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        if let Some(pages) = open.get_mut(&self.key) {
            *pages -= 1;
            if *pages == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_two_tabs_is_open_until_both_are_closed() {
        let presences = Presences::default();
        let first = presences.enter(AccountId(1), ProjectId(7));
        let second = presences.enter(AccountId(1), ProjectId(7));
        assert_eq!(presences.all(), [(AccountId(1), ProjectId(7))]);
        drop(first);
        assert_eq!(presences.all().len(), 1);
        drop(second);
        assert!(presences.all().is_empty());
    }
}
