#![allow(dead_code, reason = "no test binary uses all of it")]

use crate::support::{self, CHEAP, Client};
use axum::{Router, body::Body, http::Method};
use guildhall::{
    account::{self, AccountId, Hasher, NewAccount, PasswordHash, Role},
    token::{self, NewPersonalToken},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::BTreeMap;
use tokio::sync::OnceCell;

/// A program with a token.
#[derive(Clone)]
pub struct Program {
    http: Client,
    pub token: String,
    pub account: AccountId,
}

/// A response, parsed as JSON.
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub json: Value,
    pub text: String,
}

impl Reply {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Asserts a complete problem of this kind.
    #[track_caller]
    pub fn refused_as(self, status: u16, slug: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let kind = self.json["type"].as_str().unwrap();
        assert!(
            kind.ends_with(&format!("/api/docs/problems/{slug}")),
            "{kind}"
        );
        assert_eq!(self.json["status"], json!(status));
        for member in ["title", "detail", "message", "instance"] {
            assert!(!self.json[member].as_str().unwrap().is_empty(), "{member}");
        }
        self
    }

    /// The fields a problem reports.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|e| e["field"].as_str().unwrap())
            .collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn id(&self) -> i64 {
        self.json["id"].as_i64().unwrap()
    }
}

/// Creates an account through the domain: these tests are not about signing up.
pub async fn account(pool: &PgPool, role: &str, email: &str) -> AccountId {
    static HASH: OnceCell<PasswordHash> = OnceCell::const_new();
    let hash = HASH
        .get_or_init(|| async {
            Hasher::new(1, CHEAP)
                .unwrap()
                .hash(
                    &guildhall::fairness::Submitter::operator(),
                    support::PASSWORD,
                )
                .await
                .unwrap()
        })
        .await;
    let name = email.split('@').next().unwrap();
    let new = NewAccount::parse(role, name, email, support::PASSWORD).unwrap();
    let mut tx = pool.begin().await.unwrap();
    let id = account::sign_up(&mut tx, &new, hash).await.unwrap().account;
    account::vouch_for_email(&mut tx, id, email).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// A personal access token of the account. It may have scopes that the account's role can't use, like tokens from before
/// that was refused.
pub async fn token(pool: &PgPool, account: AccountId, scopes: &[&str]) -> String {
    let mut tx = pool.begin().await.unwrap();
    let new = NewPersonalToken::parse(Role::Buyer, "Test", &["account:read"], "1").unwrap();
    let secret = token::create_personal(&mut tx, account, &new)
        .await
        .unwrap();
    sqlx::query("update access_token set scopes = $1 where id = (select max(id) from access_token where account_id = $2)")
        .bind(scopes)
        .bind(account.0)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    secret.reveal().to_owned()
}

/// The header that requests a current answer; callers with a token get one without it.
pub const NO_CACHE: (&str, &str) = ("cache-control", "no-cache");

pub const ALL: [&str; 5] = [
    "projects:read",
    "projects:write",
    "bids:read",
    "bids:write",
    "account:read",
];

impl Program {
    /// A program with every scope for a new account.
    pub async fn new(site: &Router, pool: &PgPool, role: &str, email: &str) -> Self {
        let account = account(pool, role, email).await;
        let token = token(pool, account, &ALL).await;
        Self {
            http: Client::new(site),
            token,
            account,
        }
    }

    pub async fn seller(site: &Router, pool: &PgPool) -> Self {
        Self::new(site, pool, "seller", "sam@example.com").await
    }

    pub async fn buyer(site: &Router, pool: &PgPool, name: &str) -> Self {
        Self::new(site, pool, "buyer", &format!("{name}@example.com")).await
    }

    /// The same account with a token that has only these scopes.
    pub async fn with_scopes(&self, pool: &PgPool, scopes: &[&str]) -> Self {
        Self {
            token: token(pool, self.account, scopes).await,
            ..self.clone()
        }
    }

    /// The same program on another server.
    pub fn at(&self, site: &Router) -> Self {
        Self {
            http: Client::new(site),
            ..self.clone()
        }
    }

    /// A program without a token.
    pub fn anonymous(site: &Router) -> Self {
        Self {
            http: Client::new(site),
            token: String::new(),
            account: AccountId(0),
        }
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body.to_string()), &[])
            .await
    }

    pub async fn delete(&mut self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Sends a request to this path below `/api/v1`, or to the path itself if it starts with `/api`.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&'static str, &str)],
    ) -> Reply {
        let body = body.map(String::into_bytes);
        self.send_bytes(method, path, body, headers).await
    }

    /// Like [`send`](Self::send), for a body that is not text.
    pub async fn send_bytes(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&'static str, &str)],
    ) -> Reply {
        let path = if path.starts_with("/api") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        self.http.headers.clear();
        let named = |name: &str| headers.iter().any(|(known, _)| *known == name);
        if !self.token.is_empty() && !named("authorization") {
            let value = format!("Bearer {}", self.token);
            self.http.headers.push(("authorization", value));
        }
        for (name, value) in headers {
            self.http.headers.push((name, (*value).to_owned()));
        }
        let kind = (body.is_some() && !named("content-type")).then_some("application/json");
        let body = body.map_or_else(Body::empty, Into::into);
        let answer = self.http.send(method, &path, body, kind).await;
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        Reply {
            status: answer.status.as_u16(),
            headers,
            json: serde_json::from_str(&answer.body).unwrap_or(Value::Null),
            text: answer.body,
        }
    }

    /// Posts a project with a budget of 1000 that closes after `seconds`.
    pub async fn publish(&mut self, seconds: i64) -> i64 {
        self.publish_with(json!({ "deadline": unix(seconds) }))
            .await
    }

    /// Posts a project with these members changed.
    pub async fn publish_with(&mut self, changes: Value) -> i64 {
        let mut project = project(3600);
        for (name, value) in changes.as_object().unwrap() {
            project[name] = value.clone();
        }
        self.post("/projects", project).await.is(201).id()
    }

    pub async fn bid(&mut self, project: i64, amount: Value) -> Reply {
        self.post(
            &format!("/projects/{project}/bid"),
            json!({ "amount": amount }),
        )
        .await
    }
}

/// A valid project.
pub fn project(seconds: i64) -> Value {
    json!({
        "name": "A new shop window",
        "summary": "Letters and a sign for a small bakery",
        "description": "Two panes of glass, **lettered** by hand.",
        "budget": 1000,
        "deadline": unix(seconds),
    })
}

/// The Unix time `seconds` from now according to this machine's clock, which the test's database shares.
pub fn unix(seconds: i64) -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a client chooses its deadline with its own clock"
    )]
    let now = time::OffsetDateTime::now_utc();
    now.unix_timestamp() + seconds
}

/// Moves a project's deadline into the past.
pub async fn let_deadline_pass(pool: &PgPool, project: i64) {
    sqlx::query(
        "update project set deadline = clock_timestamp() - interval '1 second' where id = $1",
    )
    .bind(project)
    .execute(pool)
    .await
    .unwrap();
}

/// Ends due projects, like the worker: a project whose row is locked is skipped, and a later pass ends it. Even a
/// refused request holds its lock until its connection has sent the rollback.
pub async fn award(pool: &PgPool) {
    let due = "select exists (select from project where state = 'open' and deadline <= clock_timestamp())";
    while sqlx::query_scalar::<_, bool>(due)
        .fetch_one(pool)
        .await
        .unwrap()
    {
        let mut tx = pool.begin().await.unwrap();
        guildhall::award::close_due(&mut tx, 100).await.unwrap();
        tx.commit().await.unwrap();
    }
}
