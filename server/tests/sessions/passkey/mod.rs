//! Passkeys, from the page that adds one to the session that it begins.

mod add;
mod proof;
mod recovery;
mod sign_in;

use crate::support::{
    Answer, Client, PASSWORD,
    passkeys::{Device, ORIGIN},
    site,
};
use axum::Router;
use serde_json::{Value, json};
use sqlx::PgPool;

const ADA: &str = "ada@example.com";

fn domain(pool: &PgPool) -> Router {
    site(pool, &["--public-url", ORIGIN])
}

/// What the page's island passes to the browser.
fn options_in(page: &str) -> String {
    let (_, island) = page
        .split_once("data-component=\"PromptButton")
        .expect("the page has the island");
    let (_, props) = island.split_once("data-props=\"").unwrap();
    let props = props.split('"').next().unwrap();
    let props = props.replace("&quot;", "\"").replace("&amp;", "&");
    let props: Value = serde_json::from_str(&props).unwrap();
    props["options"].as_str().unwrap().to_owned()
}

/// Begins to add a passkey, and returns the options.
async fn begin(client: &mut Client, code: &str) -> String {
    let fields = [
        ("name", "My phone"),
        ("present_password", PASSWORD),
        ("code", code),
    ];
    let begun = client.post("/account/passkeys", &fields).await.is(303);
    assert_eq!(begun.location(), "/account/passkeys/new");
    let page = client.get("/account/passkeys/new").await.is(200);
    assert_eq!(page.header("cache-control"), "no-store");
    options_in(&page.body)
}

async fn send(client: &mut Client, credential: &str) -> Answer {
    let fields = [("credential", credential)];
    client.post("/account/passkeys/new", &fields).await
}

/// Adds a passkey to the account that is signed in.
async fn add(client: &mut Client) -> Device {
    let mut device = Device::new();
    let options = begin(client, "").await;
    let added = send(client, &device.create(&options).await).await.is(303);
    assert_eq!(added.location(), "/account/passkeys");
    device
}

/// The options for a sign-in in this browser.
async fn ask(client: &mut Client) -> String {
    let begun = client
        .call("begin-passkey-sign-in", &json!({ "is_offer": false }))
        .await;
    serde_json::from_str(&begun.is(200).body).unwrap()
}

async fn answer(client: &mut Client, credential: &str, next: &str) -> Answer {
    let fields = [("credential", credential), ("next", next)];
    client.post("/sign-in", &fields).await
}

async fn sign_in(client: &mut Client, device: &mut Device) -> Answer {
    let options = ask(client).await;
    let credential = device.get(&options).await;
    answer(client, &credential, "").await
}
