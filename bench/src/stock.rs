//! The contents of the database before measuring: a seller, buyers with tokens, open projects.

use anyhow::Context;
use guildhall::{
    account::{AccountId, Role},
    token::{self, NewPersonalToken},
};
use sqlx::PgPool;
use std::{
    path::PathBuf,
    sync::atomic::{AtomicI64, Ordering},
};

/// The budget of every project, in minor units: each run uses lower amounts than the one before.
pub const BUDGET_MINOR: i64 = 4_999_999_999;
/// How many amounts a run may use.
const BAND: i64 = 20_000_000;
/// Lower amounts would have fewer digits and change the length of requests.
const MIN_MINOR: i64 = 1_000_000_000;

/// A buyer with an access token.
#[derive(Debug, Clone)]
pub struct Buyer {
    pub account: i64,
    pub token: String,
}

/// What was created.
#[derive(Debug)]
pub struct Stock {
    pub seller: i64,
    pub buyers: Vec<Buyer>,
    /// The buyers' tokens, one per line, in order.
    pub tokens: PathBuf,
    bands: AtomicI64,
}

impl Stock {
    /// Creates a seller's account and this many buyers' accounts, without passwords, and a personal access token for
    /// each buyer through the domain's own use case.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn create(
        pool: &PgPool,
        scratch: &std::path::Path,
        buyers: i32,
    ) -> anyhow::Result<Self> {
        let seller = sqlx::query_scalar!(
            "insert into account (role, name, email) values ('seller', 'Bench Seller', 'seller@bench.example') returning id"
        )
        .fetch_one(pool)
        .await?;
        let accounts = sqlx::query_scalar!(
            "insert into account (role, name, email)
             select 'buyer', 'Bench Buyer ' || n, 'buyer' || n || '@bench.example' from generate_series(1, $1::integer) as n
             returning id",
            buyers
        )
        .fetch_all(pool)
        .await?;
        let new = NewPersonalToken::parse(Role::Buyer, "Bench", &["bids:read", "bids:write"], "1")?;
        let mut auctions = Vec::with_capacity(accounts.len());
        let mut tx = pool.begin().await?;
        for account in accounts {
            let secret = token::create_personal(&mut tx, AccountId(account), &new).await?;
            auctions.push(Buyer {
                account,
                token: secret.reveal().to_owned(),
            });
        }
        tx.commit().await?;
        let tokens = scratch.join("tokens");
        let lines: String = auctions.iter().map(|b| format!("{}\n", b.token)).collect();
        std::fs::write(&tokens, lines)
            .with_context(|| format!("cannot write {}", tokens.display()))?;
        Ok(Self {
            seller,
            buyers: auctions,
            tokens,
            // Preloaded bids are above all bids of the runs.
            bands: AtomicI64::new(1),
        })
    }

    /// The highest amount of a run, in minor units: lower than all amounts of the runs before it.
    ///
    /// # Errors
    /// After some two hundred runs, when no amounts are left.
    pub fn next_amount(&self) -> anyhow::Result<i64> {
        let first = BUDGET_MINOR - self.bands.fetch_add(1, Ordering::Relaxed) * BAND;
        anyhow::ensure!(
            first - BAND >= MIN_MINOR,
            "too many runs: no amounts are left"
        );
        Ok(first)
    }

    /// The buyers' tokens, in order.
    #[must_use]
    pub fn bearer_tokens(&self) -> Vec<String> {
        self.buyers
            .iter()
            .map(|buyer| buyer.token.clone())
            .collect()
    }

    /// Opens `count` projects that take bids for `secs` seconds; returns their ids in ascending order.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn open_projects(
        &self,
        pool: &PgPool,
        name: &str,
        count: i32,
        secs: f64,
    ) -> anyhow::Result<Vec<i64>> {
        let mut ids = sqlx::query_scalar!(
            "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline, published_at)
             select $1, 'open', $2 || ' ' || n, 'Letters and a sign for a small bakery, in time for its opening',
                    repeat('Two panes of glass, **lettered** by hand in gold leaf, with a border. The glass stays in its frame. ', 8),
                    'trades', array['Sign writing', 'Gilding'], 'EUR', $5, clock_timestamp() + make_interval(secs => $4), clock_timestamp()
             from generate_series(1, $3::integer) as n returning id",
            self.seller,
            name,
            count,
            secs,
            BUDGET_MINOR
        )
        .fetch_all(pool)
        .await?;
        ids.sort_unstable();
        Ok(ids)
    }
}
