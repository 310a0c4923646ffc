//! The session store in PostgreSQL.

use super::{ANONYMOUS, EPOCH, SIGNED_IN, USER_AGENT, VIEWER, bytes};
use crate::database::outage::is_memory_only;
use async_trait::async_trait;
use guildhall::{
    account::AccountId,
    session::{self, SessionContents, SessionOwner},
};
use serde_json::Value;
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{self, Result as StoreResult},
};

/// Why a session can't begin.
pub(super) const ENDED: &str = "all sessions of the account have ended";

/// The session store in PostgreSQL.
#[derive(Debug, Clone)]
pub(in crate::web) struct Store {
    pool: PgPool,
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        let row = Row::of(record)?;
        let db = &mut *self.acquire().await?;
        let begun = session::begin(db, &bytes(&record.id), &row.contents()).await;
        match begun.map_err(backend)? {
            true => Ok(()),
            false => Err(backend(ENDED)),
        }
    }

    async fn save(&self, record: &Record) -> StoreResult<()> {
        let row = Row::of(record)?;
        let db = &mut *self.acquire().await?;
        session::save(db, &bytes(&record.id), &row.contents())
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let db = &mut *self.acquire().await?;
        let Some(stored) = session::load(db, &bytes(id)).await.map_err(backend)? else {
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
        session::remove(db, &bytes(id)).await.map_err(backend)
    }
}

impl Store {
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

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

    fn contents(&self) -> SessionContents<'_> {
        let account = self.data[VIEWER]["account"].as_i64().map(AccountId);
        let is_signed_in = account.is_some();
        SessionContents {
            // The version before stores no epoch, but only a sign-in creates a session with an account.
            account: account.map(|account| SessionOwner {
                account,
                epoch: self.data[EPOCH].as_i64().unwrap_or_default(),
            }),
            user_agent: self.data[USER_AGENT].as_str().unwrap_or_default(),
            data: &self.data,
            lasts: if is_signed_in { SIGNED_IN } else { ANONYMOUS },
        }
    }
}

fn backend(error: impl std::fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
