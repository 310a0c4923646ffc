//! Caches lower bounds of totals for a minute, for searches with more matches than are counted.
//!
//! Counting up to the limit for each search would take longer than finding the page.

use crate::project::{Words, tally::Sieve};
use moka::sync::Cache;
use std::time::Duration;

/// How long a total is cached, and so how stale it may be.
const KEPT: Duration = Duration::from_mins(1);

/// How many searches are cached; each has at most `MOST_TERMS` terms.
const MOST_KEPT: u64 = 1_000;

/// Caches lower bounds of the totals of searches on one database. Clones share the cache.
#[derive(Clone)]
pub struct TotalCache(Cache<(Option<String>, Sieve), i64>);

impl Default for TotalCache {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MOST_KEPT)
                .time_to_live(KEPT)
                .build(),
        )
    }
}

impl TotalCache {
    pub(super) fn insert(&self, words: Option<&Words>, sieve: Sieve, at_least: i64) {
        self.0.insert((query(words), sieve), at_least);
    }

    pub(super) fn get(&self, words: Option<&Words>, sieve: Sieve) -> Option<i64> {
        self.0.get(&(query(words), sieve))
    }
}

fn query(words: Option<&Words>) -> Option<String> {
    words.map(|words| words.as_query().to_owned())
}
