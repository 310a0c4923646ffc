//! Members with a session each, and devices for their passkeys.

use crate::{
    device::{Device, ORIGIN},
    support,
};
use guildhall::{
    Result,
    account::{Authenticated, Browser, Role, Viewer},
    passkey::{self, Passkey, Prompt, Refusal, RelyingParty},
    session::{self, SessionContents},
};
use serde_json::json;
use sqlx::PgPool;
use std::net::{IpAddr, Ipv4Addr};
use time::Duration;

pub const BROWSER: Browser = Browser {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    session: None,
    device: None,
};

/// A member in a browser with a session.
pub struct Member {
    pub pool: PgPool,
    pub party: RelyingParty,
    pub viewer: Viewer,
    /// The session's token.
    pub token: Vec<u8>,
}

impl Member {
    pub async fn new(pool: &PgPool, name: &str) -> Self {
        let member = Self {
            pool: pool.clone(),
            party: RelyingParty::new(ORIGIN).unwrap(),
            viewer: support::account(pool, Role::Buyer, name).await,
            token: name.as_bytes().to_vec(),
        };
        member.begin_session(&member.token).await;
        member
    }

    /// A session without a viewer.
    pub async fn begin_session(&self, token: &[u8]) {
        let contents = SessionContents {
            account: None,
            user_agent: "A browser",
            data: &json!({}),
            lasts: Duration::hours(1),
        };
        let db = &mut *self.pool.acquire().await.unwrap();
        assert!(session::begin(db, token, &contents).await.unwrap());
    }

    pub async fn begin(&self) -> Result<String> {
        let mut tx = self.pool.begin().await.unwrap();
        let options =
            passkey::begin_registration(&mut tx, &self.party, &self.viewer, &self.token).await?;
        tx.commit().await.unwrap();
        Ok(options)
    }

    pub async fn add(&self, answer: &str) -> Result<()> {
        let (pool, party) = (&self.pool, &self.party);
        let new = passkey::verify(pool, party, &self.viewer, &self.token, answer).await?;
        let mut tx = pool.begin().await.unwrap();
        passkey::add(&mut tx, &BROWSER, &new, "My phone").await?;
        tx.commit().await.unwrap();
        Ok(())
    }

    /// Adds a passkey in a new device.
    pub async fn device(&self) -> Device {
        let mut device = Device::new();
        let answer = device.create(&self.begin().await.unwrap()).await;
        self.add(&answer).await.unwrap();
        device
    }

    pub async fn begin_sign_in(&self) -> String {
        let mut tx = self.pool.begin().await.unwrap();
        let options = passkey::begin_sign_in(&mut tx, &self.party, &self.token, Prompt::Button)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        options
    }

    pub async fn sign_in(&self, answer: &str) -> Result<Authenticated> {
        passkey::sign_in(&self.pool, &self.party, &self.token, answer).await
    }

    pub async fn passkeys(&self) -> Vec<Passkey> {
        let db = &mut *self.pool.acquire().await.unwrap();
        passkey::list(db, self.viewer.account).await.unwrap()
    }
}

pub fn refusal<T>(result: Result<T>) -> Option<Refusal> {
    result.err().and_then(|error| error.refused().cloned())
}

pub async fn run(pool: &PgPool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.unwrap();
}

pub async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}
