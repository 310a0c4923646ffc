//! Projects by words, in any order, at a cost that neither grows with the number of projects nor with the number of matches.
//!
//! At most [`MOST_COUNTED`] matches are read by the index of words. Where there are no more, they are all: they are
//! filtered, counted and sorted. Where there are more, the words are common, so a page of them is soon found along the index of the
//! order, in at most [`MOST_EXAMINED`] projects. A search that needs more stops there, says so, and goes on from there by a cursor.
//! What still grows is the reading of the words' lists in the index itself, some 0.1 µs a match, and the orders by bids, which
//! have no index, when the words are common.

mod fill;
mod loosened;
mod matches;
mod walk;

pub use fill::{FILLED_AT_ONCE, fill_search};

use super::{ProjectId, Start, State, Words, store::planned, tally::Sieve};
use crate::{
    Result,
    store::{Connection, Tx},
};
use matches::{checked_matches, ended_matches, open_matches, places, prepare, sorted};
use walk::Walk;

/// How many matches are counted; a total beyond is only known to be more.
pub const MOST_COUNTED: i64 = 1_000;
/// How many projects with all words of a phrase are read for whether it is one, at some 10 µs each.
pub(super) const MOST_CHECKED: i64 = 5_000;
/// How many projects a search for common words examines along the order of the list, at some 5 µs each.
pub const MOST_EXAMINED: i64 = 10_000;

/// What a search says beside the projects that it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchReport {
    /// Filters included.
    pub total: i64,
    /// Otherwise there are at least `total`.
    pub is_total_exact: bool,
    /// Words that are no help because nearly every text has them, such as `the`: they were not searched for.
    pub stop_words: Vec<String>,
    /// Words and phrases after the first `MOST_TERMS`: they were not searched for either.
    pub beyond: Vec<String>,
    /// False when no word was left to search for: then nothing is found.
    pub has_term: bool,
    /// Where the search stopped because it had examined [`MOST_EXAMINED`] projects: the key in the order, and the project.
    pub stopped_at: Option<(i64, ProjectId)>,
}

impl SearchReport {
    /// All that was typed and not searched for.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.stop_words
            .iter()
            .chain(&self.beyond)
            .map(String::as_str)
    }
}

/// What found projects are ordered by; ties are by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Id,
    /// Microseconds since 1970, as [`Key::Published`].
    Deadline,
    Published,
    /// Minor units.
    Budget,
    /// Minor units; -1 without a bid.
    LowestBid,
    BidCount,
}

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Deadline => "deadline",
            Self::Published => "published",
            Self::Budget => "budget",
            Self::LowestBid => "lowest_bid",
            Self::BidCount => "bid_count",
        }
    }
}

/// A project and its key in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub key: i64,
    pub id: i64,
}

/// A search that has counted what it finds.
pub(super) struct Search<'a> {
    pub(super) tx: Tx<'a>,
    sieve: Sieve,
    key: Key,
    descending: bool,
    query: String,
    /// See [`loosened::loosened`].
    loose: Option<String>,
    /// The matches that come through the sieve, in order; when the total is not exact, any of them.
    counted: Vec<Place>,
    pub report: SearchReport,
}

impl<'a> Search<'a> {
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn begin(
        db: &'a mut Connection,
        words: &Words,
        sieve: Sieve,
        key: Key,
        descending: bool,
    ) -> Result<Self> {
        let mut tx = planned(db).await?;
        let prepared = prepare(&mut tx, words).await?;
        let mut search = Self {
            tx,
            sieve,
            key,
            descending,
            report: SearchReport {
                is_total_exact: true,
                stop_words: prepared.stop_words,
                beyond: words.beyond().to_vec(),
                has_term: !prepared.query.is_empty(),
                ..SearchReport::default()
            },
            query: prepared.query,
            loose: prepared.loose,
            counted: Vec::new(),
        };
        if search.report.has_term {
            search.count().await?;
        }
        Ok(search)
    }

    async fn count(&mut self) -> Result<()> {
        let (mut ids, are_all) = self.matches().await?;
        ids.truncate(MOST_COUNTED as usize);
        self.report.is_total_exact = are_all;
        if !are_all && self.sieve.has_no_filter() {
            self.report.total = count(&ids);
            return Ok(());
        }
        self.counted = places(&mut self.tx, &ids, &self.sieve, self.key).await?;
        self.counted.sort_unstable();
        if self.descending {
            self.counted.reverse();
        }
        self.report.total = count(&self.counted);
        Ok(())
    }

    /// Matches before the sieve, and whether they are all.
    async fn matches(&mut self) -> Result<(Vec<i64>, bool)> {
        let most = MOST_COUNTED + 1;
        let (db, query) = (&mut *self.tx, &self.query);
        let is_open = self.sieve.state == State::Open;
        let Some(loose) = &self.loose else {
            // Nearly every project matches, and no list in the index has them.
            let all = Sieve::all(self.sieve.state);
            let walk = Walk::new(query, &all, Key::Id, false, Start::Offset(0), most);
            let found = walk.run(db).await?;
            let are_all = count(&found) < most && walk.end(db).await?.is_none();
            return Ok((found.iter().map(|place| place.id).collect(), are_all));
        };
        // The planner would rather read documents one by one until it has as many as are asked for.
        sqlx::raw_sql("set local enable_seqscan = off; set local enable_indexscan = off")
            .execute(&mut *db)
            .await?;
        let (ids, are_all) = if !is_open {
            let ids = ended_matches(db, self.sieve.state, query, most).await?;
            let are_all = count(&ids) < most;
            (ids, are_all)
        } else if loose == query {
            let ids = open_matches(db, query, most).await?;
            let are_all = count(&ids) < most;
            (ids, are_all)
        } else {
            let (ids, checked) = checked_matches(db, query, loose, MOST_CHECKED).await?;
            let are_all = checked < MOST_CHECKED && count(&ids) < most;
            (ids, are_all)
        };
        sqlx::raw_sql("set local enable_seqscan = on; set local enable_indexscan = on")
            .execute(&mut *db)
            .await?;
        Ok((ids, are_all))
    }

    /// The next `most` that match, from where it is said, and the report.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn page(mut self, from: Start, most: i64) -> Result<(Vec<Place>, SearchReport)> {
        let found = if !self.report.has_term || most == 0 {
            Vec::new()
        } else if self.report.is_total_exact {
            self.slice(from, most)
        } else {
            self.walk(from, most).await?
        };
        if let (Start::Offset(offset), false) = (from, found.is_empty()) {
            let seen = offset.saturating_add(count(&found));
            self.report.total = self.report.total.max(seen);
        }
        if let Start::Offset(offset) = from
            && self.has_ended(offset, &found, most)
        {
            self.report.total = offset + count(&found);
            self.report.is_total_exact = true;
        }
        self.tx.commit().await?;
        Ok((found, self.report))
    }

    /// Whether the page that begins there has the last match.
    fn has_ended(&self, offset: i64, found: &[Place], most: i64) -> bool {
        self.report.has_term
            && count(found) < most
            && self.report.stopped_at.is_none()
            && (offset == 0 || !found.is_empty())
    }

    fn slice(&self, from: Start, most: i64) -> Vec<Place> {
        let skipped = match from {
            Start::Offset(offset) => usize::try_from(offset).unwrap_or(0),
            Start::After { key, id } => {
                let at = Place { key, id: id.0 };
                self.counted.partition_point(|place| {
                    if self.descending {
                        *place >= at
                    } else {
                        *place <= at
                    }
                })
            }
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let after = self.counted.iter().skip(skipped);
        after.take(most).copied().collect()
    }

    async fn walk(&mut self, from: Start, most: i64) -> Result<Vec<Place>> {
        let has_index = match self.key {
            Key::Id | Key::Deadline | Key::Budget => true,
            Key::Published => self.sieve.state == State::Open,
            Key::LowestBid | Key::BidCount => false,
        };
        if !has_index {
            return sorted(self, from, most).await;
        }
        let walk = Walk::new(
            &self.query,
            &self.sieve,
            self.key,
            self.descending,
            from,
            most,
        );
        let found = walk.run(&mut self.tx).await?;
        if count(&found) < most {
            self.report.stopped_at = walk
                .end(&mut self.tx)
                .await?
                .map(|place| (place.key, ProjectId(place.id)));
        }
        Ok(found)
    }
}

fn count<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
