//! Authenticator apps, and accounts that ask for their codes.

use super::{Client, PASSWORD};
use sqlx::PgPool;
use std::time::{Duration, SystemTime};
use totp_rs::{Builder, Secret, Totp};

/// An app that the setup page's key was entered in.
pub struct Authenticator {
    totp: Totp,
    /// What the app showed when it was set up, which the site has taken.
    pub first_code: String,
}

impl Authenticator {
    fn of(setup_page: &str) -> Self {
        let (_, key) = setup_page
            .split_once("class=\"setup-key\">")
            .expect("the page has a key");
        let key = key.split('<').next().unwrap_or_default().replace(' ', "");
        let secret = Secret::try_from_base32(&key).expect("the key is in base 32");
        let totp = Builder::new().with_secret(secret).build();
        let mut app = Self {
            totp: totp.expect("the key is long enough"),
            first_code: String::new(),
        };
        app.first_code = app.code();
        app
    }

    /// What the app shows now. The site must not have taken the code before: see [`next_code`].
    #[expect(
        clippy::disallowed_methods,
        reason = "an app has only the clock of its phone"
    )]
    pub fn code(&self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_or(0, |now: Duration| now.as_secs());
        self.totp.generate(now).to_string()
    }
}

/// Lets so much time pass that nobody has used the code that the apps show.
pub async fn next_code(pool: &PgPool) {
    sqlx::query("update second_factor set used_step = used_step - 10")
        .execute(pool)
        .await
        .unwrap();
}

/// Lets ten minutes pass for whoever has entered a code, or is asked for one.
pub async fn codes_grow_old(pool: &PgPool) {
    sqlx::query(
        "update session set data = jsonb_set(data, '{code_at}', to_jsonb((data->>'code_at')::bigint - 601))
         where data ? 'code_at'",
    )
    .execute(pool)
    .await
    .unwrap();
    sqlx::query(
        "update session set data = jsonb_set(data, '{first_factor,at}', to_jsonb((data#>>'{first_factor,at}')::bigint - 601))
         where data ? 'first_factor'",
    )
    .execute(pool)
    .await
    .unwrap();
}

/// Turns two-factor authentication on for a signed-in member; returns its app and recovery codes.
pub async fn turn_on(client: &mut Client) -> (Authenticator, Vec<String>) {
    let begun = client
        .post(
            "/account/two-factor/setup",
            &[("present_password", PASSWORD)],
        )
        .await
        .is(303);
    assert_eq!(begun.location(), "/account/two-factor/setup");
    let page = client.get(begun.location()).await.is(200);
    let app = Authenticator::of(&page.body);
    let done = client
        .post("/account/two-factor/on", &[("code", &app.first_code)])
        .await
        .is(200);
    assert_eq!(done.header("cache-control"), "no-store");
    let (_, codes) = done.body.split_once("id=\"recovery_codes\"").unwrap();
    let (_, codes) = codes.split_once('>').unwrap();
    let codes = codes.split('<').next().unwrap_or_default();
    (app, codes.split_whitespace().map(str::to_owned).collect())
}
