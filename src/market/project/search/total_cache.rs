//! Caches lower bounds of totals for a minute, for searches with more matches than are counted.
//!
//! Counting up to the limit for each search would take longer than finding the page.

use crate::project::{SearchWords, tally::TallyFilter};
use moka::sync::Cache;
use std::time::Duration;

/// How long a total is cached, and so how stale it may be.
const TIME_TO_LIVE: Duration = Duration::from_mins(1);

/// How many searches are cached; each has at most `MAX_TERMS` terms.
const MAX_ENTRIES: u64 = 1_000;

/// Caches lower bounds of the totals of searches on one database. Clones share the cache.
#[derive(Clone)]
pub struct TotalCache(Cache<(Option<String>, TallyFilter), i64>);

impl Default for TotalCache {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_ENTRIES)
                .time_to_live(TIME_TO_LIVE)
                .build(),
        )
    }
}

impl TotalCache {
    pub(super) fn insert(
        &self,
        words: Option<&SearchWords>,
        tally_filter: TallyFilter,
        at_least: i64,
    ) {
        self.0.insert((query(words), tally_filter), at_least);
    }

    pub(super) fn get(
        &self,
        words: Option<&SearchWords>,
        tally_filter: TallyFilter,
    ) -> Option<i64> {
        self.0.get(&(query(words), tally_filter))
    }
}

fn query(words: Option<&SearchWords>) -> Option<String> {
    words.map(|words| words.as_query().to_owned())
}
