//! Members with an authenticator app.

use crate::support;
use guildhall::{
    Result,
    account::{AccountId, Browser, Role, Viewer},
    device::{self, DeviceId},
    second_factor::{self, Refusal, Seed, TotpSecrets},
    store,
};
use sqlx::PgPool;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};
use totp_rs::Totp;

pub const BROWSER: Browser = Browser {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    session: None,
    device: None,
};

/// The database's time in seconds since the epoch.
pub async fn now(pool: &PgPool) -> u64 {
    let db = &mut pool.acquire().await.unwrap();
    let now = store::now(db).await.unwrap();
    u64::try_from(now.unix_timestamp()).unwrap()
}

/// An account with a second factor, and its authenticator app.
pub struct Member {
    pub pool: PgPool,
    pub secrets: Arc<TotpSecrets>,
    pub viewer: Viewer,
    pub app: Totp,
    pub recovery_codes: Vec<String>,
    /// The code that turned the second factor on; it is used up.
    pub first_code: String,
}

impl Member {
    pub async fn new(pool: &PgPool) -> Self {
        let viewer = support::account(pool, Role::Buyer, "Ann").await;
        let secrets = Arc::new(TotpSecrets::default());
        let seed = Seed::random().unwrap();
        let key = second_factor::setup_key(pool, &secrets, &viewer, seed)
            .await
            .unwrap();
        let mut member = Self {
            pool: pool.clone(),
            secrets,
            viewer,
            app: Totp::from_url(&key.url).unwrap(),
            recovery_codes: Vec::new(),
            first_code: String::new(),
        };
        let code = member.code().await;
        let codes =
            second_factor::turn_on(pool, &member.secrets, &member.viewer, seed, &code, &BROWSER);
        member.first_code.clone_from(&code);
        member.recovery_codes = codes
            .await
            .unwrap()
            .iter()
            .map(|code| code.reveal())
            .collect();
        member
    }

    pub fn account(&self) -> AccountId {
        self.viewer.account
    }

    /// The code that the app shows now.
    pub async fn code(&self) -> String {
        let now = now(&self.pool).await;
        self.app.generate(now).to_string()
    }

    /// A code that is wrong for the current time step and for the two before and after it.
    pub async fn wrong_code(&self) -> String {
        let now = now(&self.pool).await;
        let right: Vec<String> = (now - 60..now + 90)
            .step_by(30)
            .map(|time| self.app.generate(time).to_string())
            .collect();
        let mut wrong = (0..).map(|number| format!("{number:06}"));
        wrong.find(|code| !right.contains(code)).unwrap()
    }

    pub async fn check_on(&self, device: Option<DeviceId>, typed: &str) -> Result<()> {
        second_factor::check(&self.pool, &self.secrets, self.account(), device, typed).await
    }

    pub async fn check(&self, typed: &str) -> Result<()> {
        self.check_on(None, typed).await
    }

    /// Backdates the last use of a code by ten time steps, so that the app's current code is unused.
    pub async fn let_time_pass(&self) {
        sqlx::query("update second_factor set used_step = used_step - 10")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    pub async fn is_on(&self) -> bool {
        let db = &mut *self.pool.acquire().await.unwrap();
        second_factor::is_on(db, self.account()).await.unwrap()
    }

    pub async fn asks(&self, device: Option<DeviceId>) -> bool {
        let db = &mut *self.pool.acquire().await.unwrap();
        second_factor::asks_for_code(db, self.account(), device)
            .await
            .unwrap()
    }

    pub async fn trusted_device(&self) -> DeviceId {
        let mut tx = self.pool.begin().await.unwrap();
        let device = device::remember(&mut tx, None, self.account())
            .await
            .unwrap();
        device::trust(&mut tx, device.id, self.account(), "A browser")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        device.id
    }
}

pub fn refusal(result: Result<()>) -> Option<Refusal> {
    result.err().and_then(|error| error.refused().cloned())
}

pub async fn run(pool: &PgPool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.unwrap();
}

pub async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}
