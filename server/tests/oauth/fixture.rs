//! Fixtures, created through the endpoints and pages that programs and people use.

use crate::support::{Answer, Client};
use axum::{Router, body::Body, http::Method};
use base64::{Engine, engine::general_purpose::STANDARD};
use guildhall::token::{self, Caller};
use serde_json::Value;
use sqlx::PgPool;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing::subscriber::{DefaultGuard, set_default};
use url::{Url, form_urlencoded};

pub const CALLBACK: &str = "https://app.example/callback";
pub const ISSUER: &str = "http://127.0.0.1:3000";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The form of a client credentials request.
pub const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A program with its credentials.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: String,
    pub id: String,
    pub secret: Option<String>,
}

impl Program {
    /// Registers a program through its owner's page, with all scopes except `account:read`.
    pub async fn register(owner: &mut Client, kind: &str, redirect_uris: &str) -> Self {
        Self::registered(owner, kind, redirect_uris, &[]).await
    }

    /// Like [`Self::register`], but enables the device flow.
    pub async fn with_device_flow(owner: &mut Client, kind: &str, redirect_uris: &str) -> Self {
        Self::registered(owner, kind, redirect_uris, &[("device_flow", "yes")]).await
    }

    async fn registered(
        owner: &mut Client,
        kind: &str,
        redirect_uris: &str,
        more: &[(&str, &str)],
    ) -> Self {
        let key = owner.get("/account/programs/new").await.is(200).form_key();
        let mut fields = vec![
            ("form_key", key.as_str()),
            ("name", "Ledger Sync"),
            ("kind", kind),
            ("redirect_uris", redirect_uris),
            ("scopes", "projects:read"),
            ("scopes", "projects:write"),
            ("scopes", "bids:read"),
            ("scopes", "bids:write"),
        ];
        fields.extend(more);
        let answer = owner.post("/account/programs/new", &fields).await;
        let page = if answer.status == 303 {
            owner.get(answer.location()).await.is(200)
        } else {
            answer.is(200)
        };
        let secret = page.body.split_once("guildhall_cs_").map(|(_, rest)| {
            let rest = rest.split_once('<').unwrap().0;
            format!("guildhall_cs_{rest}")
        });
        let (_, id) = page.body.split_once("program_").unwrap();
        let id = id.split_once('<').unwrap().0;
        let (_, path) = page.body.split_once("action=\"/account/programs/").unwrap();
        Self {
            path: format!("/account/programs/{}", path.split_once('"').unwrap().0),
            id: format!("program_{id}"),
            secret,
        }
    }

    /// The authorization path, with these parameters instead of or in addition to the usual ones; an empty one is
    /// omitted.
    pub fn authorization_path(&self, changes: &[(&str, &str)]) -> String {
        let usual = [
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", CALLBACK),
            ("scope", "projects:read bids:read"),
            ("state", "a state/with&signs"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in usual {
            if !changes.iter().any(|(changed, _)| *changed == name) {
                query.append_pair(name, value);
            }
        }
        query.extend_pairs(changes.iter().filter(|(_, value)| !value.is_empty()));
        format!("/oauth/authorize?{}", query.finish())
    }

    /// Sends a form as this program, authenticated by the header if it is confidential.
    pub async fn send(&self, site: &Router, path: &str, fields: &[(&str, &str)]) -> JsonAnswer {
        let mut fields = fields.to_vec();
        let header = match &self.secret {
            Some(secret) => Some(basic(&self.id, secret)),
            None => {
                fields.push(("client_id", &self.id));
                None
            }
        };
        send(site, path, &fields, header.as_deref()).await
    }

    pub async fn redeem(&self, site: &Router, code: &str) -> JsonAnswer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.send(site, "/oauth/token", &fields).await
    }

    pub async fn refresh(&self, site: &Router, token: &str) -> JsonAnswer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.send(site, "/oauth/token", &fields).await
    }

    /// Allows the usual request as this user; returns the tokens.
    pub async fn allowed_by(&self, site: &Router, person: &mut Client) -> JsonAnswer {
        let code = self.code_from(person).await;
        self.redeem(site, &code).await.is(200)
    }

    /// Allows the usual request as this user; returns the authorization code.
    pub async fn code_from(&self, person: &mut Client) -> String {
        let location = allow(person, &self.authorization_path(&[])).await;
        param(&location, "code").unwrap()
    }
}

/// A response to a program.
pub struct JsonAnswer {
    pub answer: Answer,
    pub json: Value,
}

impl JsonAnswer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.answer.status.as_u16(), status, "{}", self.json);
        self
    }

    #[track_caller]
    pub fn denied(self, error: &str) -> Self {
        let status = if error == "invalid_client" { 401 } else { 400 };
        assert_eq!(self.json["error"], error, "{}", self.json);
        self.is(status)
    }

    pub fn text(&self, name: &str) -> String {
        self.json[name].as_str().unwrap().to_owned()
    }

    pub fn access(&self) -> String {
        self.text("access_token")
    }

    pub fn refresh(&self) -> String {
        self.text("refresh_token")
    }
}

pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// Sends a form as a program does: without cookies and without a browser's headers.
pub async fn send(
    site: &Router,
    path: &str,
    fields: &[(&str, &str)],
    authorization: Option<&str>,
) -> JsonAnswer {
    let mut program = Client::new(site);
    program.headers.clear();
    if let Some(value) = authorization {
        program.headers.push(("authorization", value.to_owned()));
    }
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let answer = program
        .send(
            Method::POST,
            path,
            Body::from(body),
            Some("application/x-www-form-urlencoded"),
        )
        .await;
    let json = serde_json::from_str(&answer.body).unwrap_or_default();
    JsonAnswer { answer, json }
}

/// Allows the request on the consent page at this path; returns the redirect's location.
pub async fn allow(person: &mut Client, path: &str) -> String {
    let page = person.get(path).await.is(200);
    let mut fields = hidden(&page);
    fields.push(("decision".to_owned(), "allow".to_owned()));
    decide(person, &fields).await.is(303).location().to_owned()
}

pub async fn decide(person: &mut Client, fields: &[(String, String)]) -> Answer {
    post(person, "/oauth/authorize", fields).await
}

pub async fn post(person: &mut Client, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    person.post(path, &fields).await
}

/// The hidden fields of the form in a page's main part.
pub fn hidden(page: &Answer) -> Vec<(String, String)> {
    let (_, main) = page.body.split_once("<main").unwrap();
    main.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            let value = rest.split_once('"').unwrap().0;
            (name.to_owned(), value.replace("&amp;", "&"))
        })
        .collect()
}

/// A query parameter of a redirect's location.
pub fn param(location: &str, name: &str) -> Option<String> {
    let url = Url::parse(location).ok()?;
    let value = url.query_pairs().find(|(n, _)| n == name)?.1.into_owned();
    Some(value)
}

/// The caller that a token authenticates.
pub async fn caller(pool: &PgPool, token: &str) -> Option<Caller> {
    let hash = token::token_hash(token)?;
    let db = &mut *pool.acquire().await.unwrap();
    let known = token::authenticate(db, &hash).await.unwrap();
    known.map(|known| known.caller)
}

/// The reasons why grants ended, from the outbox.
pub async fn grant_endings(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select body->>'why' from outbox where kind = 'grant.revoked' order by id")
        .fetch_all(pool)
        .await
        .unwrap()
}

/// Captures this thread's log until the guard is dropped.
pub fn log() -> (Log, DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    (log, set_default(subscriber))
}

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The log written since the last call.
    pub fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::query(sql).execute(pool).await.unwrap();
}
