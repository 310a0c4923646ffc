//! One auction with everybody in it: it is set up before a flood or an outage begins, and its books are checked afterwards.

use super::{
    address::{self, Role},
    client::{Answer, Browser, Client},
    flood::Material,
    honest::Placed,
    sample::PATIENCE,
};
use crate::{
    books::{self, Answered, Findings, Plan},
    stock::Stock,
};
use anyhow::{Context, ensure};
use guildhall::{
    account::AccountId,
    token::{self, NewPersonal},
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
/// Who bids: enough of them that none has to bid again within three seconds.
const BUYERS: i32 = 60;
/// Every fifth buyer uses the project's page; the others use the API.
const PAGE_EVERY: usize = 5;
/// People who sign in while the server is flooded.
const MEMBERS: i32 = 40;
/// Accounts whose passwords a flood guesses.
const TARGETS: i32 = 10;
/// Sellers who attack with sessions and tokens.
const HOSTILE_SELLERS: i32 = 12;
/// What lists and searches go over.
const OTHER_PROJECTS: i32 = 2_000;
/// Where accounts are made and sign in beforehand: an address that nobody uses later.
const BEFOREHAND: Role = Role::HealthProbe;

/// Everybody who takes part.
#[derive(Debug)]
pub struct Cast {
    stock: Stock,
    /// E-mail addresses of every [`PAGE_EVERY`]th buyer.
    page_buyers: Vec<String>,
    /// E-mail addresses of people who sign in.
    pub members: Vec<String>,
    /// E-mail addresses of accounts that are attacked.
    pub targets: Vec<String>,
    hostile_sellers: Vec<(i64, String)>,
    other_projects: Vec<i64>,
}

/// A project that takes bids until its deadline.
#[derive(Debug)]
pub struct Auction {
    pub server: SocketAddr,
    pub project: i64,
    pub deadline: Instant,
    plan: Plan,
    tokens: Vec<String>,
}

/// Somebody who bids, from an address of its own.
#[derive(Debug)]
pub enum Buyer {
    Api(Client),
    Page(Browser),
}

impl Buyer {
    /// # Errors
    /// When there is no answer in time.
    pub async fn bid(&mut self, auction: &Auction, place: u64) -> anyhow::Result<Answer> {
        match self {
            Self::Api(client) => {
                let host = auction.server.to_string();
                let request = auction.plan.request(&host, &auction.tokens, place);
                client.send(&request, PATIENCE).await
            }
            Self::Page(browser) => {
                let path = format!("/projects/{}/bids", auction.project);
                let amount = auction.plan.amount_at(place);
                // A form's key is a UUID; the auction's number and the place make one that is used once.
                let project = auction.project & 0xffff_ffff;
                let key = format!("{project:08x}-0000-4000-8000-{place:012x}");
                let fields = [("amount", amount.as_str()), ("form_key", &key)];
                browser.post(&path, &fields, PATIENCE).await
            }
        }
    }
}

impl Cast {
    /// Makes all accounts on an empty database that has the schema. The first one signs up at the server, so that its
    /// password's hash is what the server makes; the others get the same.
    ///
    /// # Errors
    /// When the server or the database refuses it.
    pub async fn lay(pool: &PgPool, scratch: &Path, server: SocketAddr) -> anyhow::Result<Self> {
        std::fs::create_dir_all(scratch)?;
        let stock = Stock::lay(pool, scratch, BUYERS).await?;
        let hash = password_hash(pool, server).await?;
        let page_buyers = give_passwords(pool, &stock, &hash).await?;
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

    /// Opens the auction; its deadline is so many seconds ahead.
    ///
    /// # Errors
    /// When the database refuses it.
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
        let left = sqlx::query_scalar!(
            r#"select extract(epoch from deadline - clock_timestamp())::float8 as "left!" from project where id = $1"#,
            project
        )
        .fetch_one(pool)
        .await?;
        let deadline = Instant::now() + Duration::from_secs_f64(left);
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

    /// The buyers in their order; those who use pages are signed in.
    ///
    /// # Errors
    /// When a sign-in fails.
    pub async fn buyers(&self, server: SocketAddr) -> anyhow::Result<Vec<Buyer>> {
        let from = |index| address::of(Role::Buyer, index);
        let page_from = |index| from(index * PAGE_EVERY);
        let browsers = sign_in_all(server, &self.page_buyers, page_from).await?;
        let mut browsers = browsers.into_iter();
        let buyers = (0..self.stock.buyers.len()).map(|index| {
            let browser = match index.is_multiple_of(PAGE_EVERY) {
                true => browsers.next(),
                false => None,
            };
            browser.map_or_else(|| Buyer::Api(Client::new(from(index), server)), Buyer::Page)
        });
        Ok(buyers.collect())
    }

    /// What a flood gets to know.
    ///
    /// # Errors
    /// When a sign-in fails, or the database refuses a token.
    pub async fn material(&self, pool: &PgPool, server: SocketAddr) -> anyhow::Result<Material> {
        let new = NewPersonal::parse("Flood", &["projects:write"], "1")?;
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
    /// When the sign-in fails.
    pub async fn owner(&self, server: SocketAddr) -> anyhow::Result<(Browser, String)> {
        let email = self.targets.first().context("no account is attacked")?;
        let from = |_| address::of(Role::SignIn, 255);
        let mut browsers = sign_in_all(server, std::slice::from_ref(email), from).await?;
        let browser = browsers.pop().context("nobody signed in")?;
        Ok((browser, email.clone()))
    }
}

impl Auction {
    /// Compares every answer with what is stored.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn books(&self, pool: &PgPool, placed: &[Placed]) -> anyhow::Result<Findings> {
        let stored = sqlx::query!(
            "select id, amount_minor from bid where project_id = $1",
            self.project
        )
        .fetch_all(pool)
        .await?;
        let by_amount: HashMap<i64, i64> = stored
            .into_iter()
            .map(|bid| (bid.amount_minor, bid.id))
            .collect();
        let first_amount = self.plan.first_amount;
        let bid_at = |place: u64| {
            let amount = first_amount - i64::try_from(place).ok()?;
            by_amount.get(&amount).copied()
        };
        let (answered, in_doubt) = answers(placed, bid_at);
        books::check(pool, &self.plan, &answered, 0, in_doubt).await
    }
}

/// What the books compare: a page does not tell a bid's number, so that of the stored bid of its amount is taken. Bids in
/// doubt are counted apart, because they may be stored or not.
fn answers(placed: &[Placed], bid_at: impl Fn(u64) -> Option<i64>) -> (Vec<Answered>, u64) {
    let mut answered = Vec::new();
    let mut in_doubt = 0;
    for bid in placed {
        let status = bid.sample.status;
        let is_accepted = is_accepted(bid);
        if !is_accepted && !bid.is_surely_not_stored {
            in_doubt += 1;
            continue;
        }
        answered.push(Answered {
            place: Some(bid.place),
            status: if is_accepted { 201 } else { status },
            bid: match (is_accepted, bid.by_page) {
                (true, true) => bid_at(bid.place).unwrap_or(0),
                _ => bid.bid,
            },
        });
    }
    (answered, in_doubt)
}

/// True when the answer says that the bid is in.
#[must_use]
pub fn is_accepted(bid: &Placed) -> bool {
    bid.sample.status == if bid.by_page { 303 } else { 201 }
}

async fn password_hash(pool: &PgPool, server: SocketAddr) -> anyhow::Result<String> {
    let mut browser = Browser::new(address::of(BEFOREHAND, 99), server);
    let fields = [
        ("role", "buyer"),
        ("name", "The First"),
        ("email", "first@bench.example"),
        ("password", PASSWORD),
    ];
    let answer = browser.post("/sign-up", &fields, PATIENCE).await?;
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

/// Gives every fifth buyer a password; answers their e-mail addresses in the buyers' order.
async fn give_passwords(pool: &PgPool, stock: &Stock, hash: &str) -> anyhow::Result<Vec<String>> {
    let accounts: Vec<i64> = stock
        .buyers
        .iter()
        .step_by(PAGE_EVERY)
        .map(|buyer| buyer.account)
        .collect();
    let given = sqlx::query!(
        "update account set password_hash = $2 where id = any ($1) returning id, email",
        &accounts,
        hash
    )
    .fetch_all(pool)
    .await?;
    let mut emails: HashMap<i64, String> =
        given.into_iter().map(|row| (row.id, row.email)).collect();
    accounts
        .iter()
        .map(|account| emails.remove(account).context("a buyer is missing"))
        .collect()
}

/// Makes so many accounts; answers their numbers and e-mail addresses.
async fn accounts(
    pool: &PgPool,
    name: &str,
    role: &str,
    count: i32,
    hash: &str,
) -> anyhow::Result<Vec<(i64, String)>> {
    let made = sqlx::query!(
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
    Ok(made.into_iter().map(|row| (row.id, row.email)).collect())
}

/// Signs in everybody at the same time, each from an address of its own.
async fn sign_in_all(
    server: SocketAddr,
    emails: &[String],
    from: impl Fn(usize) -> Ipv4Addr,
) -> anyhow::Result<Vec<Browser>> {
    let mut signing_in = JoinSet::new();
    for (index, email) in emails.iter().enumerate() {
        let (mut browser, email) = (Browser::new(from(index), server), email.clone());
        signing_in.spawn(async move {
            let answer = browser.sign_in(&email, PASSWORD, PATIENCE).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::siege::sample::Sample;

    fn placed(place: u64, by_page: bool, status: u16, bid: i64, sure: bool) -> Placed {
        let now = Instant::now();
        Placed {
            place,
            by_page,
            sample: Sample {
                due: now,
                sent: now,
                done: now,
                status,
                reason: String::new(),
            },
            bid,
            is_surely_not_stored: sure,
        }
    }

    #[test]
    fn a_page_s_bid_is_found_by_its_amount_and_doubtful_ones_are_counted() {
        let all = [
            placed(0, false, 201, 70, false),
            placed(1, true, 303, 0, true),
            placed(2, true, 303, 0, true),
            placed(3, false, 405, 0, true),
            placed(4, false, 503, 0, false),
            placed(5, false, 0, 0, false),
        ];
        let (answered, in_doubt) = answers(&all, |place| (place == 1).then_some(71));
        let said: Vec<(Option<u64>, u16, i64)> = answered
            .iter()
            .map(|a| (a.place, a.status, a.bid))
            .collect();
        assert_eq!(
            said,
            [
                (Some(0), 201, 70),
                (Some(1), 201, 71),
                // Accepted and not stored: the books call it lost.
                (Some(2), 201, 0),
                (Some(3), 405, 0)
            ]
        );
        assert_eq!(in_doubt, 2);
    }
}
