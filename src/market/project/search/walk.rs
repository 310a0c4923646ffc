//! Scans an order's index until the page is full. Open projects have four such orders, ended ones three.

use super::{MAX_EXAMINED, SortKey, SortPosition};
use crate::{
    Result,
    money::Currency,
    project::{
        Category, Start, State, WorkPlaceKind,
        browse::{micros, moment},
        tally::TallyFilter,
    },
    store::Connection,
};

/// A scan along the index of one order.
pub(super) struct Walk<'a> {
    /// Without it, every project matches.
    query: Option<&'a str>,
    tally_filter: &'a TallyFilter,
    key: SortKey,
    descending: bool,
    after: SortPosition,
    offset: i64,
    most: i64,
}

/// Lets this transaction's queries scan tables and indexes again, for a walk.
pub(super) async fn allow_scans(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("set local enable_seqscan = on; set local enable_indexscan = on")
        .execute(db)
        .await?;
    Ok(())
}

impl<'a> Walk<'a> {
    pub fn new(
        query: Option<&'a str>,
        tally_filter: &'a TallyFilter,
        key: SortKey,
        descending: bool,
        from: Start,
        most: i64,
    ) -> Self {
        let (after, offset) = match from {
            Start::Offset(offset) => (start(tally_filter, key, descending), offset),
            Start::After { key, id } => (SortPosition { key, id: id.0 }, 0),
        };
        Self {
            query,
            tally_filter,
            key,
            descending,
            after,
            offset,
            most,
        }
    }
}

/// The position before the first project that may match: a walk along deadlines or publications skips those outside the
/// period.
fn start(tally_filter: &TallyFilter, key: SortKey, descending: bool) -> SortPosition {
    let bound = match key {
        SortKey::Deadline if descending => tally_filter.closing_before,
        SortKey::Deadline => tally_filter.closing_from,
        SortKey::Published if !descending => tally_filter.published_from,
        _ => None,
    };
    let first = if descending { i64::MAX } else { i64::MIN };
    bound.map_or(
        SortPosition {
            key: first,
            id: first,
        },
        |bound| SortPosition {
            key: micros(bound),
            id: i64::MIN,
        },
    )
}

/// The two statements of a walk, with its order inserted at compile time because it can't be a parameter. Rows are read
/// in index order. Reading stops once the page is full, or at the end of the period if the index is in deadline order.
macro_rules! along {
    ($walk:expr, $db:expr, $which:ident, $state:literal, $bound:expr, $column:literal, $key:literal, $period:literal, $beyond:literal, $direction:literal) => {
        along!(@$which $walk, $db, $bound, $state, $column, $key, $period, $beyond, $direction)
    };
    (@run $walk:expr, $db:expr, $bound:expr, $state:literal, $column:literal, $key:literal, $period:literal, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            SortPosition,
            r#"select w.project_id as "id!", "#
                + $key
                + r#" as "key!" from (
                   select project_id, "#
                + $column
                + r#" as place, category, currency, budget_minor, deadline, published_at, words from search_document
                   where "#
                + $state
                + r#" and ("#
                + $column
                + ", project_id) "
                + $beyond
                + " ($7, $8)"
                + $period
                + " order by "
                + $column
                + $direction
                + ", project_id"
                + $direction
                + r#" limit $9) w
               where ($1::text is null or w.words @@ $1::text::tsquery)
                 and ($2::text is null or w.category = $2)
                 and ($3::text is null or w.currency = $3)
                 and ($4::bigint is null or w.budget_minor >= $4)
                 and ($5::bigint is null or w.budget_minor <= $5)
                 and ($6::timestamptz is null or w.deadline < $6)
                 and ($13::timestamptz is null or w.deadline >= $13)
                 and ($19::timestamptz is null or w.published_at >= $19)
                 and case when $14::bigint is null and $15::bigint is null and $16::int is null and $17::int is null and $18::text is null then true
                          else (select ($14::bigint is null or p.lowest_minor >= $14) and ($15::bigint is null or p.lowest_minor <= $15)
                                   and ($16::int is null or p.bid_count >= $16) and ($17::int is null or p.bid_count <= $17)
                                   and ($18::text is null or p.work_place = $18)
                                from project p where p.id = w.project_id) end
               order by w.place"#
                + $direction
                + ", w.project_id"
                + $direction
                + " limit $10 offset $11",
            $walk.query,
            $walk.tally_filter.category.map(Category::slug),
            $walk.tally_filter.currency.map(Currency::code),
            $walk.tally_filter.budget_from,
            $walk.tally_filter.budget_to,
            $walk.tally_filter.closing_before,
            $bound,
            $walk.after.id,
            MAX_EXAMINED,
            $walk.most,
            $walk.offset,
            $walk.tally_filter.state.name(),
            $walk.tally_filter.closing_from,
            $walk.tally_filter.bids.lowest_from,
            $walk.tally_filter.bids.lowest_to,
            $walk.tally_filter.bids.count_from,
            $walk.tally_filter.bids.count_to,
            $walk.tally_filter.work_place.map(WorkPlaceKind::name),
            $walk.tally_filter.published_from
        )
        .fetch_all($db)
        .await
    };
    (@end $walk:expr, $db:expr, $bound:expr, $state:literal, $column:literal, $key:literal, $period:literal, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            SortPosition,
            r#"select w.project_id as "id!", "#
                + $key
                + r#" as "key!" from (
                   select project_id, "#
                + $column
                + r#" as place from search_document
                   where "#
                + $state
                + r#" and ("#
                + $column
                + ", project_id) "
                + $beyond
                + " ($1, $2) order by "
                + $column
                + $direction
                + ", project_id"
                + $direction
                + " limit 1 offset $3) w",
            $bound,
            $walk.after.id,
            MAX_EXAMINED - 1,
            $walk.tally_filter.state.name()
        )
        .fetch_all($db)
        .await
    };
}

/// Skips due projects as in `browse.rs`. Every statement takes the state as a parameter, but the partial index of open
/// projects needs it spelled out.
macro_rules! open_along {
    ($walk:expr, $db:expr, run, $($rest:tt)*) => {
        along!($walk, $db, run, "state = 'open' and $12 = 'open' and (deadline > '-infinity' and deadline <= (select clock_timestamp())) is not true", $($rest)*)
    };
    ($walk:expr, $db:expr, end, $($rest:tt)*) => {
        along!($walk, $db, end, "state = 'open' and $4 = 'open' and (deadline > '-infinity' and deadline <= (select clock_timestamp())) is not true", $($rest)*)
    };
}

macro_rules! ended_along {
    ($walk:expr, $db:expr, run, $($rest:tt)*) => {
        along!($walk, $db, run, "state = $12 and $12 <> 'draft'", $($rest)*)
    };
    ($walk:expr, $db:expr, end, $($rest:tt)*) => {
        along!($walk, $db, end, "state = $4 and $4 <> 'draft'", $($rest)*)
    };
}

macro_rules! either_way {
    ($along:ident, $walk:expr, $db:expr, $which:ident, $bound:expr, $column:literal, $key:literal, $period:literal) => {
        if $walk.descending {
            $along!(
                $walk, $db, $which, $bound, $column, $key, $period, "<", " desc"
            )
        } else {
            $along!($walk, $db, $which, $bound, $column, $key, $period, ">", "")
        }
    };
}

macro_rules! by_order {
    ($walk:expr, $db:expr, $which:ident) => {{
        let (walk, db) = ($walk, $db);
        let (key, at) = (walk.after.key, moment(walk.after.key));
        let is_open = walk.tally_filter.state == State::Open;
        match (is_open, walk.key) {
            (true, SortKey::Deadline) => either_way!(
                open_along,
                walk,
                db,
                $which,
                at,
                "deadline",
                "(extract(epoch from w.place) * 1000000)::bigint",
                " and ($6::timestamptz is null or deadline < $6) and ($13::timestamptz is null or deadline >= $13)"
            ),
            (true, SortKey::Published) => either_way!(
                open_along,
                walk,
                db,
                $which,
                at,
                "published_at",
                "(extract(epoch from w.place) * 1000000)::bigint",
                " and ($19::timestamptz is null or published_at >= $19)"
            ),
            (true, SortKey::Budget) => {
                either_way!(open_along, walk, db, $which, key, "budget_minor", "w.place", "")
            }
            (true, _) => either_way!(
                open_along,
                walk,
                db,
                $which,
                key,
                "project_id + 0",
                "w.place",
                ""
            ),
            (false, SortKey::Deadline) => either_way!(
                ended_along,
                walk,
                db,
                $which,
                at,
                "deadline",
                "(extract(epoch from w.place) * 1000000)::bigint",
                " and ($6::timestamptz is null or deadline < $6) and ($13::timestamptz is null or deadline >= $13)"
            ),
            (false, SortKey::Budget) => either_way!(
                ended_along,
                walk,
                db,
                $which,
                key,
                "budget_minor",
                "w.place",
                ""
            ),
            (false, _) => either_way!(
                ended_along,
                walk,
                db,
                $which,
                key,
                "project_id + 0",
                "w.place",
                ""
            ),
        }
    }};
}

impl Walk<'_> {
    /// The matches, at most as many as requested.
    pub async fn run(&self, db: &mut Connection) -> Result<Vec<SortPosition>> {
        Ok(by_order!(self, db, run)?)
    }

    /// The last project that `run` may examine; `None` if there are fewer, or if it is already past the period.
    pub async fn end(&self, db: &mut Connection) -> Result<Option<SortPosition>> {
        let end: Option<SortPosition> = by_order!(self, db, end)?.pop();
        Ok(end.filter(|end| !self.is_past_period(end)))
    }

    fn is_past_period(&self, place: &SortPosition) -> bool {
        let TallyFilter {
            closing_from,
            closing_before,
            published_from,
            ..
        } = self.tally_filter;
        match (self.key, self.descending) {
            (SortKey::Deadline, true) => closing_from.is_some_and(|from| place.key < micros(from)),
            (SortKey::Published, true) => {
                published_from.is_some_and(|from| place.key < micros(from))
            }
            (SortKey::Deadline, false) => {
                closing_before.is_some_and(|before| place.key >= micros(before))
            }
            _ => false,
        }
    }
}
