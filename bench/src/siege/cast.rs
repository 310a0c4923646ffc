//! All participants in an auction, created before a flood or an outage starts.

use super::{
    address::{self, ClientRole},
    auction::{Auction, AuctionBuyer},
    client::{Browser, SiegeClient},
    flood::Material,
    sample::TIMEOUT,
};
use crate::{audit::Plan, stock::Stock};
use anyhow::{Context, ensure};
use guildhall::{
    account::{AccountId, Role},
    token::{self, NewPersonalToken},
};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

/// The password of every account that has one.
pub const PASSWORD: &str = "stepped gable lantern";
/// The number of bidders: enough that none has to bid again within three seconds.
const BUYERS: i32 = 60;
/// Every fifth buyer uses the project's page; the others use the API.
const PAGE_EVERY: usize = 5;
/// People who sign in while the server is flooded.
const MEMBERS: i32 = 40;
/// Accounts whose passwords a flood guesses.
const TARGETS: i32 = 10;
/// Sellers who attack with sessions and tokens.
const HOSTILE_SELLERS: i32 = 12;
/// Projects for lists and searches.
const OTHER_PROJECTS: i32 = 2_000;
/// The role whose addresses from index 99 on are used to sign up and sign in before the start, and by nobody later.
const BEFOREHAND: ClientRole = ClientRole::HealthProbe;

#[derive(Debug)]
pub struct Cast {
    stock: Stock,
    /// E-mail addresses of every [`PAGE_EVERY`]th buyer.
    page_buyers: Vec<String>,
    /// E-mail addresses of people who sign in.
    pub members: Vec<String>,
    /// E-mail addresses of attacked accounts.
    pub targets: Vec<String>,
    hostile_sellers: Vec<(i64, String)>,
    other_projects: Vec<i64>,
}

impl Cast {
    /// Creates all accounts in an empty database that has the schema. One account signs up at the server, so that the
    /// server computes a password hash; every other account with a password gets the same hash.
    ///
    /// # Errors
    /// If the server or the database refuses it.
    pub async fn create(pool: &PgPool, scratch: &Path, server: SocketAddr) -> anyhow::Result<Self> {
        std::fs::create_dir_all(scratch)?;
        let stock = Stock::create(pool, scratch, BUYERS).await?;
        let hash = password_hash(pool, server).await?;
        let page_buyers = set_passwords(pool, &stock, &hash).await?;
        let members = accounts(pool, "member", "buyer", MEMBERS, &hash).await?;
        let targets = accounts(pool, "target", "buyer", TARGETS, &hash).await?;
        let hostile = accounts(pool, "hostile", "seller", HOSTILE_SELLERS, &hash).await?;
        let other_projects = stock
            .open_projects(pool, "A new shop window", OTHER_PROJECTS, 86_400.0)
            .await?;
        let emails = |accounts: Vec<(i64, String)>| accounts.into_iter().map(|(_, e)| e).collect();
        Ok(Self {
            stock,
            page_buyers,
            members: emails(members),
            targets: emails(targets),
            hostile_sellers: hostile,
            other_projects,
        })
    }

    /// Opens the auction; its deadline is `seconds` ahead.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn open(
        &self,
        pool: &PgPool,
        server: SocketAddr,
        seconds: f64,
        bids: u64,
    ) -> anyhow::Result<Arc<Auction>> {
        let opened = self
            .stock
            .open_projects(pool, "The auction", 1, seconds)
            .await?;
        let project = *opened.first().context("no project was opened")?;
        let seconds_left = sqlx::query_scalar!(
            r#"select extract(epoch from deadline - clock_timestamp())::float8 as "left!" from project where id = $1"#,
            project
        )
        .fetch_one(pool)
        .await?;
        let deadline = Instant::now() + Duration::from_secs_f64(seconds_left);
        let buyers = &self.stock.buyers;
        Ok(Arc::new(Auction {
            server,
            project,
            deadline,
            plan: Plan {
                first_amount: self.stock.next_amount()?,
                first_project: project,
                projects: 1,
                buyers: buyers.iter().map(|buyer| buyer.account).collect(),
                sent: bids,
            },
            tokens: buyers.iter().map(|buyer| buyer.token.clone()).collect(),
        }))
    }

    /// The buyers in order; those who use pages are signed in.
    ///
    /// # Errors
    /// If a sign-in fails.
    pub async fn buyers(&self, server: SocketAddr) -> anyhow::Result<Vec<AuctionBuyer>> {
        let from = |index| address::of(ClientRole::Buyer, index);
        let page_from = |index| from(index * PAGE_EVERY);
        let browsers = sign_in_all(server, &self.page_buyers, page_from).await?;
        let mut browsers = browsers.into_iter();
        let buyers = (0..self.stock.buyers.len()).map(|index| {
            let browser = match index.is_multiple_of(PAGE_EVERY) {
                true => browsers.next(),
                false => None,
            };
            browser.map_or_else(
                || AuctionBuyer::Api(SiegeClient::new(from(index), server)),
                AuctionBuyer::Page,
            )
        });
        Ok(buyers.collect())
    }

    /// What the flood knows.
    ///
    /// # Errors
    /// If a sign-in fails, or the database refuses a token.
    pub async fn material(&self, pool: &PgPool, server: SocketAddr) -> anyhow::Result<Material> {
        let new = NewPersonalToken::parse(Role::Seller, "Flood", &["projects:write"], "1")?;
        let mut tokens = Vec::new();
        let mut tx = pool.begin().await?;
        for (account, _) in &self.hostile_sellers {
            let secret = token::create_personal(&mut tx, AccountId(*account), &new).await?;
            tokens.push(secret.reveal().to_owned());
        }
        tx.commit().await?;
        let emails: Vec<String> = self
            .hostile_sellers
            .iter()
            .map(|(_, e)| e.clone())
            .collect();
        let browsers = sign_in_all(server, &emails, |index| {
            address::of(BEFOREHAND, 100 + index)
        })
        .await?;
        let deadline = sqlx::query_scalar!(
            r#"select extract(epoch from clock_timestamp() + interval '1 day')::bigint as "deadline!""#
        )
        .fetch_one(pool)
        .await?;
        Ok(Material {
            projects: self.other_projects.iter().copied().take(200).collect(),
            emails: self.targets.clone(),
            sessions: browsers.iter().map(Browser::cookies).collect(),
            tokens,
            deadline,
        })
    }

    /// The owner of an attacked account, in a browser that has signed in before.
    ///
    /// # Errors
    /// If the sign-in fails.
    pub async fn owner(&self, server: SocketAddr) -> anyhow::Result<(Browser, String)> {
        let email = self.targets.first().context("no account is attacked")?;
        let from = |_| address::of(ClientRole::SignIn, 255);
        let mut browsers = sign_in_all(server, std::slice::from_ref(email), from).await?;
        let browser = browsers.pop().context("nobody signed in")?;
        Ok((browser, email.clone()))
    }
}

/// The hash of [`PASSWORD`], which the server makes when the first account with one signs up.
///
/// # Errors
/// If the server refuses the account.
pub async fn password_hash(pool: &PgPool, server: SocketAddr) -> anyhow::Result<String> {
    let mut browser = Browser::new(address::of(BEFOREHAND, 99), server);
    let fields = [
        ("role", "buyer"),
        ("name", "The First"),
        ("email", "first@bench.example"),
        ("password", PASSWORD),
    ];
    let answer = browser.post("/sign-up", &fields, TIMEOUT).await?;
    ensure!(
        answer.status == 303,
        "the first sign-up was answered with {}",
        answer.status
    );
    let hash = sqlx::query_scalar!(
        "select password_hash from account where email = 'first@bench.example'"
    )
    .fetch_one(pool)
    .await?;
    hash.context("the first account has no password")
}

/// Gives every fifth buyer a password; returns their e-mail addresses in the buyers' order.
async fn set_passwords(pool: &PgPool, stock: &Stock, hash: &str) -> anyhow::Result<Vec<String>> {
    let accounts: Vec<i64> = stock
        .buyers
        .iter()
        .step_by(PAGE_EVERY)
        .map(|buyer| buyer.account)
        .collect();
    let updated = sqlx::query!(
        "update account set password_hash = $2 where id = any ($1) returning id, email",
        &accounts,
        hash
    )
    .fetch_all(pool)
    .await?;
    let mut emails: HashMap<i64, String> =
        updated.into_iter().map(|row| (row.id, row.email)).collect();
    accounts
        .iter()
        .map(|account| emails.remove(account).context("a buyer is missing"))
        .collect()
}

/// Creates `count` accounts; returns their ids and e-mail addresses.
async fn accounts(
    pool: &PgPool,
    name: &str,
    role: &str,
    count: i32,
    hash: &str,
) -> anyhow::Result<Vec<(i64, String)>> {
    let inserted = sqlx::query!(
        "insert into account (role, name, email, password_hash)
         select $2, $1 || ' ' || n, $1 || n || '@bench.example', $4 from generate_series(1, $3::integer) as n
         returning id, email",
        name,
        role,
        count,
        hash
    )
    .fetch_all(pool)
    .await?;
    Ok(inserted
        .into_iter()
        .map(|row| (row.id, row.email))
        .collect())
}

/// Signs in to all these accounts concurrently, each from its own address.
async fn sign_in_all(
    server: SocketAddr,
    emails: &[String],
    from: impl Fn(usize) -> Ipv4Addr,
) -> anyhow::Result<Vec<Browser>> {
    let mut signing_in = JoinSet::new();
    for (index, email) in emails.iter().enumerate() {
        let (mut browser, email) = (Browser::new(from(index), server), email.clone());
        signing_in.spawn(async move {
            let answer = browser.sign_in(&email, PASSWORD, TIMEOUT).await?;
            ensure!(
                answer.status == 303,
                "{email} could not sign in beforehand: {}",
                answer.status
            );
            anyhow::Ok((index, browser))
        });
    }
    let mut browsers = Vec::new();
    while let Some(signed_in) = signing_in.join_next().await {
        browsers.push(signed_in??);
    }
    browsers.sort_by_key(|(index, _)| *index);
    Ok(browsers.into_iter().map(|(_, browser)| browser).collect())
}
