//! Published projects as programs walk through them: by filters, in one of four orders, from any point on.

use super::{
    Category, Project, State, Words,
    store::{Published, planned},
    tally::Sieve,
};
use crate::{
    Result,
    money::{Currency, Money},
    project::ProjectId,
    store::Connection,
};
use time::OffsetDateTime;

/// Which projects are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Never `Draft`: those are their seller's alone.
    pub state: State,
    pub words: Option<Words>,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    /// In minor units of each project's own currency.
    pub budget_max: Option<i64>,
    pub closing_before: Option<OffsetDateTime>,
}

/// What they are ordered by; ties are by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Id,
    Deadline,
    Budget,
    /// A project without a bid counts as -1, as programs see it.
    LowestBid,
}

/// Where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After this many.
    Offset(i64),
    /// After the project with this key in the order, and this id.
    After { key: i64, id: ProjectId },
}

/// A project with its key in the order that was asked for.
#[derive(Debug, Clone)]
pub struct Browsed {
    pub project: Project,
    /// What `Start::After` takes: minor units, microseconds since 1970, or the id.
    pub key: i64,
}

/// How many projects are wanted in all.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn browsed_total(db: &mut Connection, wanted: &Wanted) -> Result<i64> {
    let sieve = Sieve {
        state: wanted.state,
        words: wanted.words.as_ref(),
        category: wanted.category,
        currency: wanted.currency,
        budget_from: None,
        budget_to: wanted.budget_max,
        closing_before: wanted.closing_before,
    };
    sieve.total(db).await
}

/// The statement of one order and direction, put together at compile time: neither can be a parameter. The bound is
/// always there, so that a page far behind is found by the index as fast as the first. Which projects they are is found
/// first, and only those are read as a whole. That hardly any open project is due is said in the words from which the planner
/// gathers it: taking a third of them to be due, it would rather sort all there are than walk.
macro_rules! in_order {
    ($db:expr, $wanted:expr, $bound:expr, $id:expr, $offset:expr, $most:expr, $key:literal, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            Published,
            r#"select p.id, p.seller_id, a.name as seller_name, p.state, p.name, p.summary, p.description, p.category, p.skills,
                      p.currency, p.budget_minor as "budget_minor!", p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                      p.published_at as "published_at!", p.ended_at, aw.bid_id as "winning_bid?",
                      (select clock_timestamp()) as "now!"
               from (select p.id, "#
                + $key
                + r#" as key from project p
                     where p.state = $1 and $1 <> 'draft' and ($1 <> 'open' or (p.deadline > '-infinity' and p.deadline <= (select clock_timestamp())) is not true)
                       and ($2::text is null or p.search @@ websearch_to_tsquery('english', $2))
                       and ($3::text is null or p.category = $3)
                       and ($4::text is null or p.currency = $4)
                       and ($5::bigint is null or p.budget_minor <= $5)
                       and ($6::timestamptz is null or p.deadline < $6)
                       and ("#
                + $key
                + ", p.id) "
                + $beyond
                + " ($7, $8) order by "
                + $key
                + $direction
                + ", p.id"
                + $direction
                + r#" limit $9 offset $10) page
               join project p on p.id = page.id join account a on a.id = p.seller_id left join award aw on aw.project_id = p.id
               order by page.key"#
                + $direction
                + ", page.id"
                + $direction,
            $wanted.state.name(),
            $wanted.words.as_ref().map(Words::as_query),
            $wanted.category.map(Category::slug),
            $wanted.currency.map(Currency::code),
            $wanted.budget_max,
            $wanted.closing_before,
            $bound,
            $id,
            $most,
            $offset
        )
        .fetch_all($db)
        .await
    };
}

/// The next `most` of the projects that are wanted.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn browse(
    db: &mut Connection,
    wanted: &Wanted,
    order: Order,
    descending: bool,
    from: Start,
    most: i64,
) -> Result<Vec<Browsed>> {
    let beyond = if descending { i64::MAX } else { i64::MIN };
    let (key, id, offset) = match from {
        Start::Offset(offset) => (beyond, beyond, offset),
        Start::After { key, id } => (key, id.0, 0),
    };
    let moment = moment(key);
    let mut tx = planned(db).await?;
    let db = &mut *tx;
    let rows = match (order, descending) {
        (Order::Id, false) => in_order!(db, wanted, key, id, offset, most, "p.id", ">", ""),
        (Order::Id, true) => in_order!(db, wanted, key, id, offset, most, "p.id", "<", " desc"),
        (Order::Deadline, false) => {
            in_order!(db, wanted, moment, id, offset, most, "p.deadline", ">", "")
        }
        (Order::Deadline, true) => {
            in_order!(
                db,
                wanted,
                moment,
                id,
                offset,
                most,
                "p.deadline",
                "<",
                " desc"
            )
        }
        (Order::Budget, false) => {
            in_order!(db, wanted, key, id, offset, most, "p.budget_minor", ">", "")
        }
        (Order::Budget, true) => {
            in_order!(
                db,
                wanted,
                key,
                id,
                offset,
                most,
                "p.budget_minor",
                "<",
                " desc"
            )
        }
        (Order::LowestBid, false) => {
            in_order!(
                db,
                wanted,
                key,
                id,
                offset,
                most,
                "coalesce(p.lowest_minor, -1)",
                ">",
                ""
            )
        }
        (Order::LowestBid, true) => {
            in_order!(
                db,
                wanted,
                key,
                id,
                offset,
                most,
                "coalesce(p.lowest_minor, -1)",
                "<",
                " desc"
            )
        }
    }?;
    tx.commit().await?;
    rows.into_iter()
        .map(|row| {
            let project = Project::try_from(row)?;
            let key = match order {
                Order::Id => project.id.0,
                Order::Deadline => micros(project.deadline),
                Order::Budget => project.budget.minor(),
                Order::LowestBid => project.lowest.map_or(-1, Money::minor),
            };
            Ok(Browsed { project, key })
        })
        .collect()
}

fn micros(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// The moment so many microseconds from 1970; what is beyond every calendar is the first or last day of this one.
fn moment(micros: i64) -> OffsetDateTime {
    const FIRST: i64 = -62_135_596_800; // year 1
    const LAST: i64 = 253_402_300_799; // year 9999
    let seconds = micros.div_euclid(1_000_000).clamp(FIRST, LAST);
    let rest = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0);
    OffsetDateTime::from_unix_timestamp(seconds)
        .and_then(|moment| moment.replace_microsecond(rest))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
