//! Sessions: a cookie with a random id, and data under its hash in PostgreSQL.
//!
//! Sessions expire according to the database's clock. The session says how long it lasts, and the statement that stores
//! it adds that to `clock_timestamp()`. A session lasts 14 days after its last change when signed in, and an hour
//! otherwise.

use super::Web;
use crate::database::outage::is_memory_only;
use async_trait::async_trait;
use guildhall::{
    account::{AccountId, Viewer},
    identity::VouchedPerson,
    session as session_table,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use std::{collections::HashMap, sync::Arc};
use time::Duration;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Error, Id, Record},
    session_store::{self, Result as StoreResult},
};

/// How long a signed-in session lasts.
const SIGNED_IN: Duration = Duration::days(session_table::SIGNED_IN_DAYS as i64);
/// How long a session without a viewer lasts.
const ANONYMOUS: Duration = Duration::hours(1);

const VIEWER: &str = "viewer";
const USER_AGENT: &str = "user_agent";
const FLASH: &str = "flash";
const PENDING: &str = "pending_identity";
const PROVEN_AT: &str = "proven_at";
const AWAY: &str = "away";
const EMAIL: &str = "email";
const SAVED_FORMS: &str = "saved_forms";

/// The layer that loads and saves sessions. `Lax`, because `Strict` would drop the session on the way back from another
/// site.
pub(super) fn layer(app: &Web) -> SessionManagerLayer<Store> {
    let https = app.settings.https;
    SessionManagerLayer::new(Store {
        pool: app.pool.clone(),
    })
    .with_name(if https {
        "__Host-guildhall"
    } else {
        "guildhall"
    })
    .with_secure(https)
    .with_http_only(true)
    .with_same_site(SameSite::Lax)
    .with_path("/")
    .with_expiry(Expiry::OnInactivity(ANONYMOUS))
}

/// An empty session, for places where the layer did not run.
pub(super) fn empty(app: &Web) -> Session {
    Session::new(
        None,
        Arc::new(Store {
            pool: app.pool.clone(),
        }),
        None,
    )
}

/// The signed-in viewer.
///
/// # Errors
/// If the session cannot be read, so that the answer is unknown.
pub(super) async fn viewer(session: &Session) -> Result<Option<Viewer>, Error> {
    session.get(VIEWER).await.inspect_err(|error| {
        if is_memory_only() {
            return;
        }
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "cannot read a session; showing the visitor the public page"
        );
    })
}

/// Signs the viewer in. The session id is new, so that one planted earlier is worthless.
pub(super) async fn sign_in(
    session: &Session,
    viewer: &Viewer,
    user_agent: &str,
) -> Result<(), Error> {
    session.cycle_id().await?;
    session.set_expiry(Some(Expiry::OnInactivity(SIGNED_IN)));
    session.insert(USER_AGENT, user_agent).await?;
    session.remove_value(PROVEN_AT).await?;
    session.remove_value(EMAIL).await?;
    session.insert(VIEWER, viewer).await
}

/// Stores the e-mail that the visitor signed up with, for the sign-in that follows.
pub(super) async fn keep_email(session: &Session, email: &str) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(EMAIL, email).await
}

/// The e-mail that [`keep_email`] stored, or an empty string.
pub(super) async fn kept_email(session: &Session) -> String {
    let email = session.get(EMAIL).await;
    email.ok().flatten().unwrap_or_default()
}

/// Like [`sign_in`], for a viewer who proved ownership of the account at this time, in seconds since the epoch.
pub(super) async fn sign_in_proven(
    session: &Session,
    viewer: &Viewer,
    user_agent: &str,
    at: i64,
) -> Result<(), Error> {
    sign_in(session, viewer, user_agent).await?;
    session.insert(PROVEN_AT, at).await
}

/// When the viewer last proved ownership of the account, other than with a password.
pub(super) async fn proven_at(session: &Session) -> Result<Option<i64>, Error> {
    session.get(PROVEN_AT).await
}

/// A person whom a provider has vouched for, but who has not been signed in yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PendingSignIn {
    /// The provider's name, as in its URLs.
    pub provider: String,
    pub vouched: VouchedPerson,
    /// Where the visitor wanted to continue.
    pub next: String,
    /// In seconds since the epoch.
    pub at: i64,
}

/// Stores the person vouched for, replacing any earlier one.
pub(super) async fn keep_pending(session: &Session, pending: &PendingSignIn) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(PENDING, pending).await
}

/// The person vouched for, however long ago.
pub(super) async fn pending(session: &Session) -> Result<Option<PendingSignIn>, Error> {
    session.get(PENDING).await
}

/// Removes the person vouched for.
pub(super) async fn forget_pending(session: &Session) -> Result<(), Error> {
    keep_alive(session).await;
    session.remove_value(PENDING).await.map(drop)
}

/// Remembers the pages whose forms were saved before the viewer signed in.
pub(super) async fn keep_saved_forms(session: &Session, pages: &[String]) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(SAVED_FORMS, pages).await
}

/// The pages for which the viewer has a saved form.
pub(super) async fn saved_forms(session: &Session) -> Vec<String> {
    let pages = session.get(SAVED_FORMS).await;
    pages.ok().flatten().unwrap_or_default()
}

/// The token whose hash the session is stored under. For a visitor without a session, one is created and stored at
/// once.
pub(super) async fn token_now(session: &Session) -> Result<Vec<u8>, Error> {
    if session.id().is_none() {
        session.insert(AWAY, true).await?;
        session.save().await?;
    }
    Ok(token(session))
}

/// A change to a signed-in session must not shorten the life of its cookie.
async fn keep_alive(session: &Session) {
    if matches!(viewer(session).await, Ok(Some(_))) {
        session.set_expiry(Some(Expiry::OnInactivity(SIGNED_IN)));
    }
}

/// Stores a message for the next page.
pub(super) async fn flash(session: &Session, message: &str) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(FLASH, message).await
}

/// Takes the stored message; it is shown once.
pub(super) async fn take_flash(session: &Session) -> Result<Option<String>, Error> {
    if session.get::<String>(FLASH).await?.is_none() {
        return Ok(None);
    }
    keep_alive(session).await;
    session.remove(FLASH).await
}

/// The token whose hash the session is stored under.
pub(super) fn token(session: &Session) -> Vec<u8> {
    session.id().map(|id| bytes(&id)).unwrap_or_default()
}

fn bytes(id: &Id) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}

/// The session store in PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pool: PgPool,
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        let row = Row::of(record)?;
        let db = &mut *self.acquire().await?;
        session_table::begin(db, &bytes(&record.id), &row.contents())
            .await
            .map_err(backend)
    }

    async fn save(&self, record: &Record) -> StoreResult<()> {
        let row = Row::of(record)?;
        let db = &mut *self.acquire().await?;
        session_table::save(db, &bytes(&record.id), &row.contents())
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let db = &mut *self.acquire().await?;
        let Some(stored) = session_table::load(db, &bytes(id)).await.map_err(backend)? else {
            return Ok(None);
        };
        let mut data: HashMap<String, Value> = serde_json::from_value(stored.data)
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        // The account may have been renamed, or its address confirmed, perhaps in another browser.
        if let Some(account) = stored.account
            && let Some(viewer) = data.get_mut(VIEWER).and_then(Value::as_object_mut)
        {
            viewer.insert("name".to_owned(), account.name.into());
            let is_confirmed = account.has_confirmed_email;
            viewer.insert("has_confirmed_email".to_owned(), is_confirmed.into());
        }
        Ok(Some(Record {
            id: *id,
            data,
            // Nothing compares this date: expired sessions are not loaded.
            expiry_date: stored.expires_at,
        }))
    }

    async fn delete(&self, id: &Id) -> StoreResult<()> {
        let db = &mut *self.acquire().await?;
        session_table::remove(db, &bytes(id)).await.map_err(backend)
    }
}

impl Store {
    /// A connection, unless the database is down.
    async fn acquire(&self) -> StoreResult<PoolConnection<Postgres>> {
        if is_memory_only() {
            return Err(backend("the database does not answer"));
        }
        self.pool.acquire().await.map_err(backend)
    }
}

/// A record as stored, with account and browser in columns of their own. The record's own expiry uses this server's
/// clock and is not stored: if that clock were behind, a session would start in the past. The lifetime follows from the
/// contents, and the database adds it to its own clock.
struct Row {
    data: Value,
}

impl Row {
    fn of(record: &Record) -> StoreResult<Self> {
        let data = serde_json::to_value(&record.data)
            .map_err(|e| session_store::Error::Encode(e.to_string()))?;
        Ok(Self { data })
    }

    fn contents(&self) -> session_table::SessionContents<'_> {
        let is_signed_in = !self.data[VIEWER].is_null();
        session_table::SessionContents {
            account: self.data[VIEWER]["account"].as_i64().map(AccountId),
            user_agent: self.data[USER_AGENT].as_str().unwrap_or_default(),
            data: &self.data,
            lasts: if is_signed_in { SIGNED_IN } else { ANONYMOUS },
        }
    }
}

fn backend(error: impl std::fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
