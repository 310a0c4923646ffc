//! The callers, and their requests.

use crate::{
    client::{self, ALL, Program},
    item,
    support::{self, Client, site},
    table::Row,
};
use axum::{Router, body::Body, http::Method};
use guildhall::account::{AccountId, Role, Viewer};
use sqlx::PgPool;
use std::{cell::RefCell, collections::HashMap};

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Anonymous,
    /// Has the live bid.
    Buyer,
    OtherBuyer,
    /// Owns the project.
    Seller,
    OtherSeller,
    /// Uses a token that has just expired.
    ExpiredToken,
    /// Uses a token of an authorized account, with every scope except the required one.
    TokenWithoutScope,
}

pub const ACTORS: [Actor; 7] = [
    Actor::Anonymous,
    Actor::Buyer,
    Actor::OtherBuyer,
    Actor::Seller,
    Actor::OtherSeller,
    Actor::ExpiredToken,
    Actor::TokenWithoutScope,
];

#[derive(Clone)]
struct SignedInBrowser {
    browser: Client,
    session: i64,
}

/// Four accounts, each with a token and, from its first page on, a signed-in browser.
pub struct Scene {
    pub router: Router,
    people: Vec<(Actor, &'static str, Program)>,
    signed_in: RefCell<HashMap<&'static str, SignedInBrowser>>,
    expired: String,
    /// The highest id of a token that is reused for all requests.
    last_token: i64,
}

impl Scene {
    pub async fn new(pool: &PgPool) -> Self {
        // A domain name, without which nobody would get to passkeys.
        let flags = [
            "--api-rate-limit",
            "0",
            "--public-url",
            "http://localhost:3000",
        ];
        let router = site(pool, &flags);
        let mut people = Vec::new();
        for (actor, role, email) in [
            (Actor::Buyer, "buyer", "bea@example.com"),
            (Actor::OtherBuyer, "buyer", "otto@example.com"),
            (Actor::Seller, "seller", "sam@example.com"),
            (Actor::OtherSeller, "seller", "olga@example.com"),
        ] {
            let program = Program::new(&router, pool, role, email).await;
            people.push((actor, email, program));
        }
        let expired = client::token(pool, people[0].2.account, &ALL).await;
        sqlx::query("update access_token set expires_at = now() where id = (select max(id) from access_token)")
            .execute(pool)
            .await
            .unwrap();
        let last_token = sqlx::query_scalar("select max(id) from access_token")
            .fetch_one(pool)
            .await
            .unwrap();
        Self {
            router,
            people,
            signed_in: RefCell::default(),
            expired,
            last_token,
        }
    }

    /// Deletes the tokens created for single requests, so that no account ever reaches its limit.
    async fn delete_request_tokens(&self, pool: &PgPool) {
        sqlx::query("delete from access_token where id > $1")
            .bind(self.last_token)
            .execute(pool)
            .await
            .unwrap();
    }

    fn person(&self, actor: Actor) -> Option<&(Actor, &'static str, Program)> {
        self.people.iter().find(|(known, ..)| *known == actor)
    }

    /// The person behind a kind of caller, as the domain knows them.
    pub fn viewer(&self, actor: Actor, role: Role) -> Viewer {
        Viewer {
            account: self.account(actor),
            role,
            name: String::new(),
            has_confirmed_email: true,
        }
    }

    fn account(&self, actor: Actor) -> AccountId {
        self.person(actor).unwrap().2.account
    }

    /// Requests the route as this actor, with an item created for this one request.
    pub async fn request(&self, pool: &PgPool, row: &Row, actor: Actor) -> u16 {
        self.request_from(pool, row, actor, &[("sec-fetch-site", "same-origin")])
            .await
    }

    pub async fn request_from(
        &self,
        pool: &PgPool,
        row: &Row,
        actor: Actor,
        headers: &[(&'static str, &str)],
    ) -> u16 {
        self.delete_request_tokens(pool).await;
        let item = match row.path.contains('{') || row.body.contains("ITEM") {
            true => item::create(self, pool, row.about).await,
            false => String::new(),
        };
        let path = match row.path.split_once('{') {
            None => row.path.to_owned(),
            Some((before, rest)) => {
                let (_, after) = rest.split_once('}').unwrap();
                format!("{before}{item}{after}")
            }
        };
        let mut browser = match self.person(actor) {
            Some((_, email, program)) if row.is_page() => {
                self.signed_in_browser(pool, email, program.account).await
            }
            _ => Client::new(&self.router),
        };
        // The host of the public URL, where passkeys work. It names this machine, so kept mail is shown, too.
        browser.host = "localhost:3000";
        let token = match actor {
            Actor::ExpiredToken => Some(self.expired.clone()),
            Actor::TokenWithoutScope => Some(self.token_without_scope(pool, row).await),
            _ if row.is_page() => None,
            _ => self
                .person(actor)
                .map(|(_, _, program)| program.token.clone()),
        };
        browser.headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        // With JSON requested, pages answer with a status instead of redirecting to the sign-in form.
        browser
            .headers
            .push(("accept", "application/json".to_owned()));
        if let Some(token) = token {
            browser
                .headers
                .push(("authorization", format!("Bearer {token}")));
        }
        let method: Method = row.method.parse().unwrap();
        let body = row
            .body
            .replace("KEY", &uuid::Uuid::new_v4().to_string())
            .replace("ITEM", &item)
            .replace("SOON", &support::deadline(pool, 3600).await);
        let content_type = match body.as_bytes().first() {
            None => None,
            Some(b'{') => Some("application/json"),
            Some(_) => Some("application/x-www-form-urlencoded"),
        };
        let body = body.replace("\"UNIX\"", &client::unix(3600).to_string());
        browser
            .send(method, &path, Body::from(body), content_type)
            .await
            .status
            .as_u16()
    }

    /// A copy of this person's browser. It signs in again only if a route has ended its session, which saves a
    /// password check per request.
    async fn signed_in_browser(
        &self,
        pool: &PgPool,
        email: &'static str,
        account: AccountId,
    ) -> Client {
        let known = self.signed_in.borrow().get(email).cloned();
        if let Some(known) = known
            && session_exists(pool, known.session).await
        {
            return known.browser;
        }
        let mut browser = Client::new(&self.router);
        browser.sign_in(email, support::PASSWORD).await.is(303);
        let newest_session = "select max(id) from session where account_id = $1";
        let session = newest_id(pool, newest_session, account).await;
        let signed_in = SignedInBrowser {
            browser: browser.clone(),
            session,
        };
        self.signed_in.borrow_mut().insert(email, signed_in);
        browser
    }

    /// A token of an account that the table admits, with every scope except the required one.
    async fn token_without_scope(&self, pool: &PgPool, row: &Row) -> String {
        let scopes: Vec<&str> = ALL
            .into_iter()
            .filter(|scope| *scope != row.scope)
            .collect();
        let allowed = ACTORS
            .into_iter()
            .zip(row.expected)
            .find(|(actor, status)| *status < 400 && self.person(*actor).is_some())
            .map_or(Actor::Buyer, |(actor, _)| actor);
        client::token(pool, self.account(allowed), &scopes).await
    }
}

async fn session_exists(pool: &PgPool, id: i64) -> bool {
    sqlx::query_scalar("select exists (select from session where id = $1)")
        .bind(id)
        .fetch_one(pool)
        .await
        .unwrap()
}

pub async fn newest_id(pool: &PgPool, statement: &'static str, account: AccountId) -> i64 {
    sqlx::query_scalar(statement)
        .bind(account.0)
        .fetch_one(pool)
        .await
        .unwrap()
}
