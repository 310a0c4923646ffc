//! Visitors with their own network addresses, and an account owner whom strangers try to lock out.

use crate::support::{Answer, Client, PASSWORD, deadline, site};
use axum::Router;
use sqlx::PgPool;

pub const ADA: &str = "ada@example.com";
/// Ada's network address.
pub const HOME: &str = "203.0.113.1";

/// A site that takes visitors' addresses from a proxy, with these additional flags.
pub fn behind_proxy(pool: &PgPool, flags: &[&str]) -> Router {
    site(pool, &[&["--trusted-proxies", "1"], flags].concat())
}

/// A visitor at this address.
pub fn at(site: &Router, address: &str) -> Client {
    let mut client = Client::new(site);
    move_to(&mut client, address);
    client
}

/// Moves the visitor to this address.
pub fn move_to(client: &mut Client, address: &str) {
    client
        .headers
        .retain(|(name, _)| *name != "x-forwarded-for");
    client.headers.push(("x-forwarded-for", address.to_owned()));
}

/// A client that signed up, signed in at this address and signed out again.
pub async fn signed_in_before(site: &Router, email: &str, address: &str) -> Client {
    let mut client = at(site, address);
    client.sign_up("seller", email).await.is(303);
    client.sign_in(email, PASSWORD).await.is(303);
    client.post("/sign-out", &[]).await.is(303);
    client
}

/// Strangers at these addresses try wrong passwords for this e-mail. Then every failure count is raised, so that they
/// must wait for a long time.
pub async fn fail_sign_ins(site: &Router, pool: &PgPool, email: &str, addresses: &[&str]) {
    for address in addresses {
        let mut stranger = at(site, address);
        for _ in 0..3 {
            stranger.sign_in(email, "a wrong password").await;
        }
    }
    sqlx::query("update sign_in_failure set failures = 200, last_failed_at = clock_timestamp()")
        .execute(pool)
        .await
        .unwrap();
}

/// A completed project form with a new form key.
pub async fn project_form(
    client: &mut Client,
    pool: &PgPool,
    intent: &str,
) -> Vec<(&'static str, String)> {
    let key = client.get("/projects/new").await.is(200).form_key();
    [
        ("form_key", key.as_str()),
        ("name", "A new shop window"),
        ("summary", "Letters and a sign for a small bakery"),
        ("description", "Two panes of glass, lettered by hand."),
        ("category", "trades"),
        ("skills", "sign writing"),
        ("budget", "1000"),
        ("currency", "EUR"),
        ("deadline", &deadline(pool, 3600).await),
        ("time_zone", "UTC"),
        ("intent", intent),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Submits a form.
pub async fn send(client: &mut Client, path: &str, fields: &[(&'static str, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    client.post(path, &fields).await
}

pub async fn publish(client: &mut Client, pool: &PgPool) -> Answer {
    let form = project_form(client, pool, "publish").await;
    send(client, "/projects/new", &form).await
}

/// A seller signed in at this address.
pub async fn seller(site: &Router, email: &str, address: &str) -> Client {
    let mut client = signed_in_before(site, email, address).await;
    client.sign_in(email, PASSWORD).await.is(303);
    client
}
