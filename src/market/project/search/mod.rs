//! Full-text search for projects.
//!
//! Its cost grows neither with the number of projects nor with the number of matches.
//!
//! 1. PostgreSQL parses the query once and names its stop words. The page and the API say that they were left out.
//! 2. The index of words returns at most 1,001 matches. Phrases and excluded words, which the index alone can't decide,
//!    are checked in 5,000 texts at most.
//! 3. If these are all, they are filtered, counted and sorted, whatever the order.
//! 4. If there are more, the words are common. Projects are then examined in the order of the list, 10,000 at most,
//!    until the page is full. The total is a lower bound, and is cached for a minute. A search that stops before its
//!    page is full says so, and a cursor continues from there, so that a program still gets every match once.
//!
//! Two costs still grow: reading the words' posting lists, at some 0.1 µs per match; and sorting by bids, which has no
//! index, so that all matches of common words are sorted.
//!
//! Without words, a search lists every project that passes the filters, by step 4 alone. So a list whose filters no
//! index covers is bounded too.
//!
//! Except for orders and bounds that depend on bids, and for the place of work, all steps read only `search_document`,
//! one row per project, and not the project's row, which every bid writes. Migrations 9 and 11 define its contents. A
//! search does not find a phrase whose words come after the 16,383rd of a text, or repeat more than 255 times before it
//! (limits of `tsvector`). Nor does it find a word that is a stop word without its accents (`thé`); such a word is
//! reported as left out.

mod fill;
mod loose_query;
mod matches;
mod total_cache;
mod walk;

pub use fill::{FILLED_AT_ONCE, fill_search};
pub use total_cache::TotalCache;

use super::{ProjectId, SearchWords, Start, State, store::begin_list_read, tally::TallyFilter};
use crate::{
    Result,
    store::{Connection, Tx},
};
use matches::{ParsedQuery, matches, prepare, sorted};
use walk::Walk;

/// How many matches are counted; a larger total is reported as "more".
pub const MAX_COUNTED: i64 = 1_000;
/// How many candidates of a phrase search are checked against the phrase, at some 10 µs each.
pub(super) const MAX_CHECKED: i64 = 5_000;
/// How many projects a search for common words examines along the list's order, at some 5 µs each.
pub const MAX_EXAMINED: i64 = 10_000;

/// What a search reports besides the projects it found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchReport {
    /// The number of matches with filters applied.
    pub total: i64,
    /// When false, `total` is a lower bound.
    pub is_total_exact: bool,
    /// Words such as `the` that nearly every text contains; they were ignored.
    pub stop_words: Vec<String>,
    /// Words and phrases after the first `MAX_TERMS`; they were ignored too.
    pub beyond: Vec<String>,
    /// False if no word was left to search for; nothing is found then.
    pub has_term: bool,
    /// Where the search stopped because it had examined [`MAX_EXAMINED`] projects: the sort key and the project.
    pub stopped_at: Option<(i64, ProjectId)>,
}

impl SearchReport {
    /// Everything that was typed but ignored.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        self.stop_words
            .iter()
            .chain(&self.beyond)
            .map(String::as_str)
    }
}

/// What results are ordered by; ties are ordered by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    Id,
    /// Microseconds since 1970, like [`SortKey::Published`].
    Deadline,
    Published,
    /// Minor units.
    Budget,
    /// Minor units; -1 without a bid.
    LowestBid,
    BidCount,
}

impl SortKey {
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

/// A project with its sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortPosition {
    pub key: i64,
    pub id: i64,
}

/// A search whose matches have been counted.
pub struct Search<'a> {
    pub(super) tx: Tx<'a>,
    tally_filter: TallyFilter,
    key: SortKey,
    descending: bool,
    /// Empty if every project matches, or if no word is left.
    query: String,
    /// See [`loose_query::loosen`].
    loose: Option<String>,
    /// All matches that pass the filters, in order, if they were read through the index of words.
    counted: Option<Vec<SortPosition>>,
    pub report: SearchReport,
}

impl<'a> Search<'a> {
    /// Begins a search and counts its matches. Without `words`, every project that passes the filters matches.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn begin(
        db: &'a mut Connection,
        totals: Option<&TotalCache>,
        words: Option<&SearchWords>,
        tally_filter: TallyFilter,
        key: SortKey,
        descending: bool,
    ) -> Result<Self> {
        let mut tx = begin_list_read(db).await?;
        let known = totals.and_then(|totals| totals.get(words, tally_filter));
        let prepared = match words {
            Some(words) => prepare(&mut tx, words, known.is_none()).await?,
            None => ParsedQuery::default(),
        };
        let mut search = Self {
            tx,
            tally_filter,
            key,
            descending,
            report: SearchReport {
                total: known.unwrap_or(0),
                is_total_exact: known.is_none(),
                stop_words: prepared.stop_words,
                beyond: words
                    .map(SearchWords::ignored_terms)
                    .unwrap_or_default()
                    .to_vec(),
                has_term: words.is_none() || !prepared.query.is_empty(),
                ..SearchReport::default()
            },
            query: prepared.query,
            loose: prepared.loose,
            counted: None,
        };
        if search.report.has_term && known.is_none() {
            search.count().await?;
            if let (Some(totals), false) = (totals, search.report.is_total_exact) {
                totals.insert(words, tally_filter, search.report.total);
            }
        }
        Ok(search)
    }

    /// Counts the matches, up to [`MAX_COUNTED`]. Without words, the tally may already have the total.
    async fn count(&mut self) -> Result<()> {
        if self.query.is_empty() && self.tally_filter.has_sums() {
            self.report.total = self.tally_filter.total(&mut self.tx).await?;
            return Ok(());
        }
        let Some(loose) = &self.loose else {
            return self.count_along().await;
        };
        let matches = matches(
            &mut self.tx,
            &self.query,
            loose,
            &self.tally_filter,
            self.key,
        )
        .await?;
        self.report.is_total_exact = matches.are_all;
        self.report.total = count(&matches.found);
        if matches.are_all {
            let mut found = matches.found;
            found.sort_unstable();
            if self.descending {
                found.reverse();
            }
            self.counted = Some(found);
        }
        Ok(())
    }

    /// Counts by examining the projects one by one, for queries that match nearly all of them and that the index of
    /// words can't answer.
    async fn count_along(&mut self) -> Result<()> {
        walk::allow_scans(&mut self.tx).await?;
        // In the order of deadlines or publications, the projects of a period are adjacent.
        let (key, descending) = if self.tally_filter.has_period() {
            (SortKey::Deadline, true)
        } else if self.tally_filter.published_from.is_some()
            && self.tally_filter.state == State::Open
        {
            (SortKey::Published, true)
        } else {
            (SortKey::Id, false)
        };
        let walk = Walk::new(
            query_of(&self.query),
            &self.tally_filter,
            key,
            descending,
            Start::Offset(0),
            MAX_COUNTED + 1,
        );
        let found = count(&walk.run(&mut self.tx).await?);
        self.report.is_total_exact =
            found <= MAX_COUNTED && walk.end(&mut self.tx).await?.is_none();
        self.report.total = found.min(MAX_COUNTED);
        Ok(())
    }

    /// The next `most` matches from `from`, and the report.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn page(
        mut self,
        from: Start,
        most: i64,
    ) -> Result<(Vec<SortPosition>, SearchReport)> {
        let found = if !self.report.has_term || most == 0 {
            Vec::new()
        } else if let Some(counted) = &self.counted {
            self.slice(counted, from, most)
        } else {
            self.walk(from, most).await?
        };
        if let (Start::Offset(offset), false) = (from, found.is_empty()) {
            let examined = offset.saturating_add(count(&found));
            self.report.total = self.report.total.max(examined);
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

    /// True if the page starting at `offset` holds the last match.
    fn has_ended(&self, offset: i64, found: &[SortPosition], most: i64) -> bool {
        self.report.has_term
            && count(found) < most
            && self.report.stopped_at.is_none()
            && (offset == 0 || !found.is_empty())
    }

    fn slice(&self, counted: &[SortPosition], from: Start, most: i64) -> Vec<SortPosition> {
        let skipped = match from {
            Start::Offset(offset) => usize::try_from(offset).unwrap_or(0),
            Start::After { key, id } => {
                let at = SortPosition { key, id: id.0 };
                counted.partition_point(|place| {
                    if self.descending {
                        *place >= at
                    } else {
                        *place <= at
                    }
                })
            }
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let after = counted.iter().skip(skipped);
        after.take(most).copied().collect()
    }

    async fn walk(&mut self, from: Start, most: i64) -> Result<Vec<SortPosition>> {
        let has_index = match self.key {
            SortKey::Id | SortKey::Deadline | SortKey::Budget => true,
            SortKey::Published => self.tally_filter.state == State::Open,
            SortKey::LowestBid | SortKey::BidCount => false,
        };
        if !has_index {
            return sorted(self, from, most).await;
        }
        let walk = Walk::new(
            query_of(&self.query),
            &self.tally_filter,
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

/// `None` if every project matches.
fn query_of(query: &str) -> Option<&str> {
    Some(query).filter(|query| !query.is_empty())
}

fn count<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
