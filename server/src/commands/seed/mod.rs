//! Demo data: a lively marketplace, created by the domain's own use cases in one transaction, so that it is stored
//! completely or not at all.

mod data;
mod letter;
mod search;
mod tokens;

use crate::{
    config::DatabaseConfig,
    database::{Database, runtime},
    monitoring::telemetry::say,
};
use anyhow::{Context, ensure};
use data::{Demo, DemoPerson, End, Work};
use guildhall::{
    Error,
    account::{self, HashCost, Hasher, NewAccount, PasswordHash, Role, Viewer},
    award, bid,
    error::ErrorKind,
    fairness::Submitter,
    money::Money,
    project::{self, Details, FulfillmentInput, ProjectId, ProjectInput, Purpose},
    store::{self, Tx},
    watch,
};
pub use letter::keep_examples;
use sqlx::PgPool;
use std::{process::ExitCode, time::Duration};
use time::OffsetDateTime;
pub use tokens::tokens;

/// The password of every demo account.
const PASSWORD: &str = "stepped gable lantern";
/// When the demo's ended projects close, counted from when the first one is published. It must leave enough time to
/// place all their bids.
const ENDED_AFTER: Duration = Duration::from_secs(8);
/// The same for the second attempt.
const ENDED_AFTER_ON_RETRY: Duration = Duration::from_secs(30);

/// `guildhall seed`
///
/// # Errors
/// A message for the operator on what went wrong.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a command owns its configuration"
)]
pub fn run(config: DatabaseConfig) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config)?;
    runtime()?.block_on(async {
        let pool = database.connect().await?;
        store::migrate(&pool).await?;
        fill_if_empty(&pool).await?;
        pool.close().await;
        anyhow::Ok(())
    })?;
    database.close()?;
    say(&sign_ins());
    Ok(ExitCode::SUCCESS)
}

/// Seeds a database that has no account yet.
///
/// # Errors
/// The refusal of a use case, with the project's name; in that case nothing is stored.
pub async fn fill_if_empty(pool: &PgPool) -> anyhow::Result<()> {
    if account::any(&mut *pool.acquire().await?).await? {
        return Ok(());
    }
    say("Filling the empty database with demo data; this takes a few seconds.");
    let demo = data::read()?;
    // Hash once, because fifty hashes would take seconds, and before the transaction, which must not sit idle.
    let hash = Hasher::new(1, HashCost::default())?
        .hash(&Submitter::operator(), PASSWORD)
        .await?;
    let mut filled = fill(pool, &demo, &hash, ENDED_AFTER).await;
    if filled.as_ref().is_err_and(was_too_slow) {
        say("Seeding was too slow for the first deadlines; trying once more with later ones.");
        filled = fill(pool, &demo, &hash, ENDED_AFTER_ON_RETRY).await;
    }
    let showcase = filled?;
    say(&format!(
        "Filled: {} accounts, {} projects; project {showcase} closes in less than two minutes.",
        demo.seller.len() + demo.buyer.len(),
        demo.project.len()
    ));
    Ok(())
}

/// The demo accounts and their password, for the operator.
#[must_use]
pub fn sign_ins() -> String {
    match data::read() {
        Ok(demo) => format!(
            "Demo sign-ins, password \"{PASSWORD}\":\n  seller  {}\n  buyer   {}\n  buyer   {}",
            demo.seller[0].email, demo.buyer[0].email, demo.buyer[1].email
        ),
        Err(error) => format!("Cannot read the demo data: {error:#}"),
    }
}

/// The accounts, indexed as in the demo data.
struct People {
    sellers: Vec<Viewer>,
    buyers: Vec<Viewer>,
}

async fn sign_up_all(tx: &mut Tx<'_>, demo: &Demo, hash: &PasswordHash) -> anyhow::Result<People> {
    let mut people = People {
        sellers: Vec::new(),
        buyers: Vec::new(),
    };
    for (role, person) in demo
        .seller
        .iter()
        .map(|p| (Role::Seller, p))
        .chain(demo.buyer.iter().map(|p| (Role::Buyer, p)))
    {
        let viewer = sign_up(tx, role, person, hash)
            .await
            .with_context(|| format!("the demo account {}", person.email))?;
        match role {
            Role::Seller => people.sellers.push(viewer),
            Role::Buyer => people.buyers.push(viewer),
        }
    }
    Ok(people)
}

async fn sign_up(
    tx: &mut Tx<'_>,
    role: Role,
    person: &DemoPerson,
    hash: &PasswordHash,
) -> anyhow::Result<Viewer> {
    let new = NewAccount::parse(role.name(), &person.name, &person.email, PASSWORD)?;
    let account = account::sign_up(tx, &new, hash).await?.account;
    ensure!(
        account::vouch_for_email(tx, account, new.email()).await?,
        "its e-mail address is used twice"
    );
    Ok(Viewer {
        account,
        role,
        name: person.name.clone(),
        has_confirmed_email: true,
    })
}

/// True if more time might help: the transaction was terminated, or a deadline had passed before its project was
/// published or got its last bid.
fn was_too_slow(error: &anyhow::Error) -> bool {
    match error.downcast_ref() {
        Some(Error::Busy { .. } | Error::Invalid(_)) => true,
        Some(error) => error.kind() == ErrorKind::TooLate,
        None => false,
    }
}

/// Seeds the database in one transaction and returns the project that closes soon.
async fn fill(
    pool: &PgPool,
    demo: &Demo,
    hash: &PasswordHash,
    ended_after: Duration,
) -> anyhow::Result<ProjectId> {
    let mut tx = pool.begin().await.map_err(Error::from)?;
    let people = sign_up_all(&mut tx, demo, hash).await?;
    search::save_all(&mut tx, &demo.search, &people).await?;
    let showcase = publish_all(&mut tx, demo, &people, ended_after).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(showcase)
}

/// Publishes ended projects first, so that their deadlines pass while the rest is created, and the showcase last, so
/// that it has its full time left.
async fn publish_all(
    tx: &mut Tx<'_>,
    demo: &Demo,
    people: &People,
    ended_after: Duration,
) -> anyhow::Result<ProjectId> {
    let ended_at = store::now(tx).await? + ended_after;
    let mut ended = Vec::new();
    for work in demo.project.iter().filter(|work| work.state.has_ended()) {
        let id = create_project(tx, people, work, ended_at)
            .await
            .with_context(|| format!("the demo project {:?}", work.name))?;
        ended.push(id);
    }
    let (mut showcase, mut open) = (None, Vec::new());
    let mut others: Vec<&Work> = demo
        .project
        .iter()
        .filter(|work| !work.state.has_ended())
        .collect();
    others.sort_by_key(|work| work.closes_in_seconds.is_some());
    for work in others {
        let now = store::now(tx).await?;
        let is_open = work.state == End::Open;
        let id = create_project(tx, people, work, now + work.open_for())
            .await
            .with_context(|| format!("the demo project {:?}", work.name))?;
        showcase = work.closes_in_seconds.map(|_| id).or(showcase);
        open.extend(is_open.then_some((id, work.open_for())));
    }
    award_ended(tx, ended_at).await?;
    backdate_history(tx, &ended, &open).await?;
    showcase.context("no demo project closes soon")
}

/// Spreads the bids over days, and the results over the weeks before.
async fn backdate_history(
    tx: &mut Tx<'_>,
    ended: &[ProjectId],
    open: &[(ProjectId, Duration)],
) -> anyhow::Result<()> {
    let now = store::now(tx).await?;
    for (n, id) in (1_i64..).zip(ended.iter().rev()) {
        let deadline = now - time::Duration::hours(26 * n + n * n);
        let duration = time::Duration::hours(60 + 31 * (n % 4));
        project::backdate(tx, *id, deadline - duration, duration, Some(deadline)).await?;
    }
    // Each open auction has been running for 0.5, 1 or 1.5 times as long as it has left, and for at least 90 minutes.
    for (n, (id, open_for)) in (1..).zip(open) {
        let duration = (*open_for * (1 + n % 3) / 2).max(Duration::from_mins(90));
        project::backdate(tx, *id, now - duration, duration.try_into()?, None).await?;
    }
    Ok(())
}

async fn create_project(
    tx: &mut Tx<'_>,
    people: &People,
    work: &Work,
    deadline: OffsetDateTime,
) -> anyhow::Result<ProjectId> {
    let seller = &people.sellers[work.seller];
    let details = details(work, deadline)?;
    if work.state == End::Draft {
        return Ok(project::save_draft(tx, seller, &details).await?);
    }
    let id = project::publish(tx, seller, None, &details).await?;
    for (buyer, amount) in &work.bids {
        let amount = Money::parse(amount, work.currency.parse()?)?;
        bid::place_within(tx, &people.buyers[*buyer], id, amount)
            .await
            .with_context(|| format!("the bid of {amount}"))?;
    }
    for buyer in &work.withdrawn {
        bid::withdraw(tx, &people.buyers[*buyer], id, None).await?;
    }
    for buyer in &work.watched_by {
        watch::begin(tx, &people.buyers[*buyer], id).await?;
    }
    if work.state == End::Cancelled {
        project::cancel(tx, seller, id).await?;
    }
    Ok(id)
}

fn details(work: &Work, deadline: OffsetDateTime) -> anyhow::Result<Details> {
    let purpose = if work.state == End::Draft {
        Purpose::Draft
    } else {
        Purpose::Publish
    };
    let skills = work.skills.join(",");
    let delivery_date = work
        .delivery_in_days
        .map(|days| (deadline + time::Duration::days(days)).date().to_string());
    let duration = work.duration_days.map(|days| days.to_string());
    let input = ProjectInput {
        name: &work.name,
        summary: &work.summary,
        description: &work.description,
        category: &work.category,
        skills: &skills,
        currency: &work.currency,
        budget: &work.budget,
        deadline: Ok(deadline),
        fulfillment: FulfillmentInput {
            work_place: work.work_place.as_deref().unwrap_or_default(),
            site: work.site.as_deref().unwrap_or_default(),
            delivery_date: delivery_date.as_deref().unwrap_or_default(),
            duration: duration.as_deref().unwrap_or_default(),
            duration_unit: "days",
        },
    };
    Ok(Details::parse(&input, purpose)?)
}

/// Waits for the deadline of the ended projects and awards them, as the scheduler would.
async fn award_ended(tx: &mut Tx<'_>, ended_at: OffsetDateTime) -> anyhow::Result<()> {
    store::wait_until(tx, ended_at).await?;
    let ended = award::close_due(tx, 1000).await?;
    ensure!(!ended.is_empty(), "no demo project ended");
    Ok(())
}
