//! SQL for single projects and for a seller's own projects; lists of open projects are in `list` and `browse`.
//!
//! - A list's statement holds every filter, so one plan for all parameter values would be wrong for most. Lists
//!   therefore run in a transaction with `force_custom_plan`, and without parallel workers and JIT, because bids need
//!   the cores more. Everything else is found by key, for which one plan is right.
//! - A comparison with `clock_timestamp()` can't use an index, because its value may change from row to row.
//!   `(select clock_timestamp())` is evaluated once.
//! - `id in (select … limit 1000)` reads a whole table for a thousand rows; `= any (array(…))` does not.
//! - A seller's own projects are merged from one index scan per state.
//!
//! `bench/tests/plans` checks that each statement reads no more than a fixed number of rows and index entries.

use super::{
    Category, DeliveryDate, Details, Draft, DraftVersion, Fulfillment, LastSave, OwnProgress,
    Progress, Project, ProjectId, SellerProject, State, WorkPlace, progress::ChangeState,
};
use crate::{
    Error, Result,
    account::{AccountId, Contact},
    bid::Note,
    moment::Zone,
    money::{Currency, Money},
    store::{Connection, Tx},
};
use sqlx::Connection as _;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Planner settings for lists. A list's statement contains every filter; which index is best depends on the filters
/// that are set and how many rows they match, and after five executions PostgreSQL might keep one generic plan for all
/// cases. A list uses at most one core and no JIT, because concurrent bids need the others. Notices about stop words in
/// a query are not worth logging.
macro_rules! planning {
    () => {
        "set local plan_cache_mode = force_custom_plan; set local max_parallel_workers_per_gather = 0; set local jit = off; set local client_min_messages = warning"
    };
}

/// Begins a transaction for the reads of a list.
pub async fn begin_list_read(db: &mut Connection) -> Result<Tx<'_>> {
    if !db.is_in_transaction() {
        return Ok(db
            .begin_with(concat!("begin read only; ", planning!()))
            .await?);
    }
    let mut tx = db.begin().await?;
    sqlx::raw_sql(planning!()).execute(&mut *tx).await?;
    Ok(tx)
}

/// Locks one of the seller's own projects until the transaction ends. Nobody but the seller can take this lock, so
/// nobody else can use it to hold up the project's bids.
pub(super) async fn lock_of(
    db: &mut Connection,
    seller: AccountId,
    id: ProjectId,
) -> Result<Option<ChangeState>> {
    let row = sqlx::query!(
        "select state, bid_count, deadline, set_config('idle_in_transaction_session_timeout', '800ms', true) as bound
         from project where id = $1 and seller_id = $2 for update",
        id.0,
        seller.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| ChangeState::parse(&row.state, row.bid_count, row.deadline))
        .transpose()
}

pub(super) async fn count_drafts(db: &mut Connection, seller: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from project where seller_id = $1 and state = 'draft'"#,
        seller.0
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn insert_draft(
    db: &mut Connection,
    seller: AccountId,
    details: &Details,
) -> Result<ProjectId> {
    let Fulfillment {
        place,
        delivery,
        duration,
    } = &details.fulfillment;
    let place = place.as_ref();
    let id = sqlx::query_scalar!(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline,
                              work_place, site, delivery_date, duration_days, deadline_zone)
         values ($1, 'draft', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning id",
        seller.0,
        details.name,
        details.summary,
        details.description,
        slug(details.category),
        &details.skills,
        details.currency.code(),
        details.budget.map(Money::minor),
        details.deadline,
        place.map(WorkPlace::name),
        place.and_then(WorkPlace::site),
        delivery.map(DeliveryDate::day),
        duration.map(|duration| i32::from(duration.days())),
        details.zone.as_ref().map(Zone::name)
    )
    .fetch_one(db)
    .await?;
    Ok(ProjectId(id))
}

pub(super) async fn update_draft(
    db: &mut Connection,
    id: ProjectId,
    details: &Details,
    window: Option<Uuid>,
) -> Result<()> {
    let Fulfillment {
        place,
        delivery,
        duration,
    } = &details.fulfillment;
    let place = place.as_ref();
    let changed = sqlx::query!(
        "update project set name = $2, summary = $3, description = $4, category = $5, skills = $6, currency = $7,
         budget_minor = $8, deadline = $9, work_place = $10, site = $11, delivery_date = $12, duration_days = $13,
         draft_version = draft_version + 1, draft_window = $14, deadline_zone = $15 where id = $1 and state = 'draft'",
        id.0,
        details.name,
        details.summary,
        details.description,
        slug(details.category),
        &details.skills,
        details.currency.code(),
        details.budget.map(Money::minor),
        details.deadline,
        place.map(WorkPlace::name),
        place.and_then(WorkPlace::site),
        delivery.map(DeliveryDate::day),
        duration.map(|duration| i32::from(duration.days())),
        window,
        details.zone.as_ref().map(Zone::name)
    )
    .execute(db)
    .await?;
    expect_one(changed.rows_affected())
}

/// Deletes a draft and its events. Published projects are never deleted, so no event of theirs can be orphaned.
pub(super) async fn delete_draft(db: &mut Connection, id: ProjectId) -> Result<()> {
    // The kind is a literal, because the partial index of drafts' events covers only this kind.
    sqlx::query!(
        "delete from outbox where project_id = $1 and kind = 'project.draft_saved'",
        id.0
    )
    .execute(&mut *db)
    .await?;
    expect_one(
        sqlx::query!(
            "delete from project where id = $1 and state = 'draft'",
            id.0
        )
        .execute(db)
        .await?
        .rows_affected(),
    )
}

pub(super) async fn open(db: &mut Connection, id: ProjectId) -> Result<()> {
    let changed = sqlx::query!("update project set state = 'open', published_at = clock_timestamp(), deadline_zone = null where id = $1 and state = 'draft'", id.0)
        .execute(db)
        .await?;
    expect_one(changed.rows_affected())
}

pub(super) async fn end_cancelled(db: &mut Connection, id: ProjectId) -> Result<()> {
    let changed = sqlx::query!("update project set state = 'cancelled', ended_at = clock_timestamp() where id = $1 and state = 'open'", id.0)
        .execute(db)
        .await?;
    expect_one(changed.rows_affected())
}

/// A row of a published project.
pub(super) struct PublishedRow {
    pub id: i64,
    pub seller_id: i64,
    pub seller_name: String,
    pub state: String,
    pub name: String,
    pub summary: String,
    pub description: String,
    pub category: String,
    pub skills: Vec<String>,
    pub currency: String,
    pub budget_minor: i64,
    pub lowest_minor: Option<i64>,
    pub bid_count: i32,
    pub deadline: OffsetDateTime,
    pub published_at: OffsetDateTime,
    pub work_place: Option<String>,
    pub site: Option<String>,
    pub delivery_date: Option<Date>,
    pub duration_days: Option<i32>,
    pub ended_at: Option<OffsetDateTime>,
    pub winning_bid: Option<i64>,
    pub now: OffsetDateTime,
}

impl TryFrom<PublishedRow> for Project {
    type Error = Error;

    fn try_from(row: PublishedRow) -> Result<Self> {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        let money = |minor| Money::from_minor(minor, currency);
        Ok(Self {
            id: ProjectId(row.id),
            seller: AccountId(row.seller_id),
            seller_name: row.seller_name,
            progress: Progress::parse(&row.state, row.winning_bid, row.ended_at)?,
            name: row.name,
            summary: row.summary,
            description: row.description,
            category: row.category.parse().map_err(Error::unexpected)?,
            skills: row.skills,
            budget: money(row.budget_minor),
            lowest: row.lowest_minor.map(money),
            bid_count: row.bid_count,
            deadline: row.deadline,
            published_at: row.published_at,
            fulfillment: Fulfillment::of_columns(
                row.work_place.as_deref(),
                row.site,
                row.delivery_date,
                row.duration_days,
            )?,
            now: row.now,
        })
    }
}

/// The published ones among these projects. `offset 0` makes the planner look up each seller and award by index,
/// however many there are.
pub(super) async fn published(db: &mut Connection, ids: &[i64]) -> Result<Vec<Project>> {
    let rows = sqlx::query_as!(
        PublishedRow,
        r#"select p.id, p.seller_id, a.name as seller_name, p.state, p.name, p.summary, p.description, p.category, p.skills,
                  p.currency, p.budget_minor as "budget_minor!", p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                  p.published_at as "published_at!", p.work_place, p.site, p.delivery_date, p.duration_days, p.ended_at, aw.bid_id as "winning_bid?", clock_timestamp() as "now!"
           from project p
           cross join lateral (select name from account where id = p.seller_id offset 0) a
           left join lateral (select bid_id from award where project_id = p.id offset 0) aw on true
           where p.id = any ($1) and p.state <> 'draft'"#,
        ids
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Project::try_from).collect()
}

/// A draft without a category stores an empty string.
fn slug(category: Option<Category>) -> &'static str {
    category.map_or("", Category::slug)
}

fn category(slug: &str) -> Result<Option<Category>> {
    if slug.is_empty() {
        return Ok(None);
    }
    slug.parse().map(Some).map_err(Error::unexpected)
}

pub(super) async fn draft_of(
    db: &mut Connection,
    seller: AccountId,
    id: ProjectId,
) -> Result<Option<Draft>> {
    let row = sqlx::query!(
        "select name, summary, description, category, skills, currency, budget_minor, deadline, deadline_zone,
                work_place, site, delivery_date, duration_days, draft_version, draft_window
         from project where id = $1 and seller_id = $2 and state = 'draft'",
        id.0,
        seller.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        Ok(Draft {
            id,
            name: row.name,
            summary: row.summary,
            description: row.description,
            category: category(&row.category)?,
            skills: row.skills,
            currency,
            budget: row
                .budget_minor
                .map(|minor| Money::from_minor(minor, currency)),
            deadline: row.deadline,
            // A later version may know more zones.
            zone: (row.deadline_zone).and_then(|name| Zone::by_name(&name).ok()),
            fulfillment: Fulfillment::of_columns(
                row.work_place.as_deref(),
                row.site,
                row.delivery_date,
                row.duration_days,
            )?,
            last_save: Some(LastSave {
                version: DraftVersion(row.draft_version),
                window: row.draft_window,
            }),
        })
    })
    .transpose()
}

pub(super) async fn of_seller(
    db: &mut Connection,
    seller: AccountId,
    state: Option<State>,
    before: Option<ProjectId>,
    most: i64,
) -> Result<Vec<SellerProject>> {
    // Merges the newest projects of each state, because the index is ordered within a state.
    let rows = sqlx::query!(
        r#"select p.id, p.state, p.name, p.currency, p.budget_minor, p.lowest_minor, p.bid_count, p.deadline, p.ended_at,
                  w.name as "winner_name?", w.email as "winner_email?", b.note as "winning_note?"
           from (select own.id from unnest(case when $2::text is null then $5::text[] else array[$2] end) as asked (state)
                 cross join lateral (select id from project where seller_id = $1 and state = asked.state and id < $3
                                     order by id desc limit $4) own
                 order by own.id desc limit $4) newest
           join project p on p.id = newest.id
           left join award aw on aw.project_id = p.id
           left join bid b on b.project_id = aw.project_id and b.id = aw.bid_id
           left join account w on w.id = b.buyer_id
           order by p.id desc"#,
        seller.0,
        state.map(State::name),
        before.map_or(i64::MAX, |id| id.0),
        most,
        &State::ALL.map(|state| state.name().to_owned())
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let money = |minor| Money::from_minor(minor, currency);
            let winner = row
                .winner_name
                .zip(row.winner_email)
                .map(|(name, email)| Contact { name, email });
            let progress = OwnProgress::parse(
                &row.state,
                row.budget_minor.map(money),
                row.deadline,
                winner,
                row.ended_at,
            )?;
            Ok(SellerProject {
                id: ProjectId(row.id),
                name: row.name,
                currency,
                lowest: row.lowest_minor.map(money),
                bid_count: row.bid_count,
                progress,
                winning_note: row.winning_note.map(Note::stored),
            })
        })
        .collect()
}

/// The caller has inserted or locked the row, so any number of changed rows other than one is a bug.
fn expect_one(affected: u64) -> Result<()> {
    if affected == 1 {
        Ok(())
    } else {
        Err(Error::unexpected(format!(
            "{affected} projects changed instead of one"
        )))
    }
}
