//! Fills a database from a seed: a million projects and 20 million bids, or any other size.
//!
//! Popularity follows a power law: the most popular project has 94,000 bids, and half of the projects with bids have at
//! most 8 bidders. `bench/tests/load.rs` checks the result against every rule of the marketplace. Constraints and
//! indexes that are dropped during loading are read from the catalog and created again, which checks every row.

mod vocabulary;

use anyhow::{Context, ensure};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions,
};
use std::time::Instant;
use time::OffsetDateTime;

/// How much to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub accounts: i64,
    pub projects: i64,
    /// Approximately how many of the projects are open.
    pub open: i64,
    pub bids: i64,
}

impl Size {
    /// The defaults: one account per two projects, and enough bidders for the most popular one; a tenth of the projects
    /// is open.
    #[must_use]
    pub fn of(projects: i64, bids: i64) -> Self {
        Self {
            accounts: (projects / 2).max(bids / 40).max(2000),
            projects,
            open: projects / 10,
            bids,
        }
    }

    /// How many of the latest projects may be open: about four in five of them are.
    const fn recent(self) -> i64 {
        self.open * 5 / 4
    }

    const fn sellers(self) -> i64 {
        self.accounts / 5
    }
}

/// Buyers who bid on many, on some and on few projects. The sizes are primes, so that walking through a group in
/// steps of any size visits each buyer once.
#[derive(Debug, Clone, Copy)]
struct BuyerGroups {
    eager: i64,
    busy: i64,
    other: i64,
}

impl BuyerGroups {
    fn of(buyers: i64) -> Self {
        let eager = prime_below(buyers / 2000);
        let busy = prime_below(buyers / 20);
        Self {
            eager,
            busy,
            other: prime_below(buyers - eager - busy),
        }
    }
}

/// The largest prime up to `most`, or 2.
fn prime_below(most: i64) -> i64 {
    let is_prime = |n: &i64| {
        (2..)
            .take_while(|divisor| divisor * divisor <= *n)
            .all(|divisor| n % divisor != 0)
    };
    (2..=most).rev().find(is_prime).unwrap_or(2)
}

/// The tables that are filled without indexes and foreign keys.
const BARE: &[&str] = &["project", "bid", "award", "outbox", "search_document"];

/// Fills a database that has the schema but no accounts. `at` is the current time; open projects close after it.
///
/// # Errors
/// If there are accounts already, if the sizes are inconsistent, or if PostgreSQL fails.
pub async fn load(
    options: &PgConnectOptions,
    size: Size,
    seed: u32,
    at: Option<OffsetDateTime>,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let log_step = |what: &str| eprintln!("{:7.1} s  {what}", began.elapsed().as_secs_f64());
    let (seed, crowds) = (
        i64::from(seed),
        BuyerGroups::of(size.accounts - size.sellers()),
    );
    ensure!(
        size.projects >= 10 && size.bids >= size.projects,
        "there must be at least 10 projects, and as many bids as projects"
    );
    ensure!(
        (1..=size.projects * 7 / 10).contains(&size.open),
        "at least one project, and at most seven in ten, must be open"
    );
    let (db, other) = (&mut connect(options).await?, &mut connect(options).await?);
    let at = match at {
        Some(at) => at,
        None => {
            sqlx::query_scalar("select date_trunc('second', clock_timestamp())")
                .fetch_one(&mut *db)
                .await?
        }
    };
    let is_loaded: bool = sqlx::query_scalar("select exists (select from account)")
        .fetch_one(&mut *db)
        .await?;
    ensure!(
        !is_loaded,
        "the database already has accounts; use an empty one"
    );

    plan(db, size, seed, at).await?;
    let most: i64 =
        sqlx::query_scalar("select max(pg_temp.firsts(bids::integer))::bigint from load_plan")
            .fetch_one(&mut *db)
            .await?;
    ensure!(
        most <= crowds.other,
        "{most} buyers bid on the most popular project, so {} accounts are too few",
        size.accounts
    );
    let dropped = DroppedIndexes::drop(db).await?;
    log_step("the outcome of each project is decided");

    // Bids use one core, accounts and projects the other.
    let bids = async {
        bids(&mut *db, size, crowds, seed, at).await?;
        log_step("the bids are stored");
        dropped.make_indexes(&mut *db, &["bid"]).await?;
        log_step("the bids have their indexes");
        anyhow::Ok(())
    };
    let projects = async {
        accounts(&mut *other, size, seed, at).await?;
        projects(&mut *other, seed).await?;
        log_step("accounts and projects are stored");
        dropped.make_indexes(&mut *other, &["project"]).await?;
        log_step("the projects have their indexes");
        other.execute(include_str!("load/search.sql")).await?;
        dropped
            .make_indexes(&mut *other, &["search_document"])
            .await?;
        log_step("the projects can be searched");
        anyhow::Ok(())
    };
    tokio::try_join!(bids, projects)?;

    other
        .execute("analyze bid; analyze project; analyze search_document")
        .await?;
    let outbox = async {
        let text = include_str!("load/outbox.sql");
        sqlx::query(text).bind(at).execute(&mut *other).await?;
        dropped.make_indexes(&mut *other, &["outbox"]).await?;
        log_step("the recent events are stored");
        anyhow::Ok(())
    };
    let awards = async {
        sqlx::query(include_str!("load/awards.sql"))
            .execute(&mut *db)
            .await?;
        dropped.make_indexes(&mut *db, &["award"]).await?;
        log_step("the awards are stored");
        anyhow::Ok(())
    };
    tokio::try_join!(outbox, awards)?;
    sqlx::query(include_str!("load/signed_in.sql"))
        .bind(seed)
        .bind(size.accounts)
        .bind(at)
        .execute(&mut *other)
        .await?;
    dropped.make_foreign_keys(db).await?;
    log_step("every reference is checked");
    db.execute(include_str!("load/tally.sql")).await?;
    db.execute("drop table load_plan").await?;
    db.execute("vacuum (analyze)").await?;
    log_step("loaded");
    Ok(())
}

/// A connection for long statements, with the functions they use.
async fn connect(options: &PgConnectOptions) -> anyhow::Result<PgConnection> {
    let options = options
        .clone()
        .application_name("guildhall-bench load")
        .options([
            ("work_mem", "512MB"),
            ("maintenance_work_mem", "512MB"),
            ("synchronous_commit", "off"),
            ("timezone", "UTC"),
            ("jit", "off"),
        ]);
    let mut connection = PgConnection::connect_with(&options)
        .await
        .context("cannot reach the database")?;
    connection
        .execute(include_str!("load/functions.sql"))
        .await?;
    Ok(connection)
}

async fn plan(
    db: &mut PgConnection,
    size: Size,
    seed: i64,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    db.execute(
        "create unlogged table load_plan (id bigint, seller_id bigint, state text, budget bigint, published_at timestamptz,
         deadline timestamptz, ended_at timestamptz, bids bigint)",
    )
    .await?;
    sqlx::query(include_str!("load/plan.sql"))
        .bind(seed)
        .bind(size.projects)
        .bind(size.bids)
        .bind(at)
        .bind(size.sellers())
        .bind(size.recent())
        .execute(&mut *db)
        .await?;
    db.execute("analyze load_plan").await?;
    Ok(())
}

async fn bids(
    db: &mut PgConnection,
    size: Size,
    crowds: BuyerGroups,
    seed: i64,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    sqlx::query(include_str!("load/bids.sql"))
        .bind(seed)
        .bind(at)
        .bind(size.sellers())
        .bind(crowds.eager)
        .bind(crowds.busy)
        .bind(crowds.other)
        .execute(db)
        .await?;
    Ok(())
}

async fn accounts(
    db: &mut PgConnection,
    size: Size,
    seed: i64,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    sqlx::query(include_str!("load/accounts.sql"))
        .bind(seed)
        .bind(size.accounts)
        .bind(size.sellers())
        .bind(at)
        .bind(vocabulary::FIRST_NAMES)
        .bind(vocabulary::LAST_NAMES)
        .execute(&mut *db)
        .await?;
    next_number(db, "account", size.accounts).await
}

async fn projects(db: &mut PgConnection, seed: i64) -> anyhow::Result<()> {
    let inserted = sqlx::query(include_str!("load/projects.sql"))
        .bind(seed)
        .bind(vocabulary::THINGS)
        .bind(vocabulary::KINDS)
        .bind(vocabulary::CLIENTS)
        .bind(vocabulary::PLACES)
        .bind(vocabulary::PLACE_ENDS)
        .bind(vocabulary::SKILLS)
        .bind(vocabulary::SENTENCES)
        .execute(&mut *db)
        .await?;
    next_number(db, "project", i64::try_from(inserted.rows_affected())?).await
}

/// Advances the sequence past rows that were inserted with explicit ids.
async fn next_number(db: &mut PgConnection, table: &str, last: i64) -> anyhow::Result<()> {
    sqlx::query("select setval(pg_get_serial_sequence($1, 'id'), $2)")
        .bind(table)
        .bind(last)
        .execute(db)
        .await?;
    Ok(())
}

/// The indexes and keys that were dropped, as statements that recreate them.
struct DroppedIndexes {
    /// Table and statement.
    indexes: Vec<(String, String)>,
    foreign_keys: Vec<String>,
}

impl DroppedIndexes {
    /// Drops them and disables the triggers of `project`, in one transaction.
    async fn drop(db: &mut PgConnection) -> anyhow::Result<Self> {
        let mut tx = db.begin().await?;
        let foreign_keys: Vec<(String, String)> = sqlx::query_as(
            "select format('alter table %s drop constraint %I', conrelid::regclass, conname),
                    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
             from pg_constraint where contype = 'f' and (conrelid::regclass::text = any ($1) or confrelid::regclass::text = any ($1))
             order by conname",
        )
        .bind(BARE)
        .fetch_all(&mut *tx)
        .await?;
        let indexes: Vec<(String, String, String)> = sqlx::query_as(
            "select i.indrelid::regclass::text,
                    case when c.oid is null then format('drop index %s', i.indexrelid::regclass)
                         else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end,
                    case when c.oid is null then pg_get_indexdef(i.indexrelid)
                         else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end
             from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid and c.contype in ('p', 'u')
             where i.indrelid::regclass::text = any ($1) order by i.indexrelid",
        )
        .bind(BARE)
        .fetch_all(&mut *tx)
        .await?;
        for statement in foreign_keys
            .iter()
            .map(|(drop, _)| drop)
            .chain(indexes.iter().map(|(_, drop, _)| drop))
        {
            tx.execute(AssertSqlSafe(statement.clone())).await?;
        }
        tx.execute("alter table project disable trigger user")
            .await?;
        tx.commit().await?;
        Ok(Self {
            indexes: indexes
                .into_iter()
                .map(|(table, _, make)| (table, make))
                .collect(),
            foreign_keys: foreign_keys.into_iter().map(|(_, make)| make).collect(),
        })
    }

    async fn make_indexes(&self, db: &mut PgConnection, tables: &[&str]) -> anyhow::Result<()> {
        for (table, statement) in &self.indexes {
            if tables.contains(&table.as_str()) {
                db.execute(AssertSqlSafe(statement.clone())).await?;
            }
        }
        Ok(())
    }

    async fn make_foreign_keys(&self, db: &mut PgConnection) -> anyhow::Result<()> {
        for statement in &self.foreign_keys {
            db.execute(AssertSqlSafe(statement.clone())).await?;
        }
        Ok(())
    }
}
