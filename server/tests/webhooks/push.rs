//! Browsers that show notices: their page, what push services get, and what becomes of their answers.

use crate::{
    receiver::{BASE_URL, Receiver, header, own_network, split},
    support::{Answer, Client, PASSWORD, count, site},
};
use axum::Router;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guildhall::store::MIGRATIONS;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use server::worker::{WebhookClient, WebhookSender};
use sqlx::PgPool;
use web_push_native::{
    Auth, decrypt,
    p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint},
};

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
/// The operator's own network is this machine.
const FLAGS: [&str; 2] = ["--webhook-networks", "127.0.0.0/8"];
const PAGE: &str = "/account/notices/push";
const AUTH: [u8; 16] = [7; 16];

/// The key of a browser.
fn key() -> SecretKey {
    SecretKey::from_slice(&[9; 32]).unwrap()
}

/// What the browser answers to whoever subscribes.
fn subscription(url: &str) -> String {
    let key = key().public_key().to_encoded_point(false);
    let [key, auth] = [key.as_bytes(), &AUTH].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    json!({ "endpoint": url, "expirationTime": null, "keys": { "p256dh": key, "auth": auth } })
        .to_string()
}

async fn member(site: &Router) -> Client {
    Client::member(site, "seller", "sam@example.com").await
}

async fn subscribe(client: &mut Client, url: &str) -> Answer {
    let credential = subscription(url);
    let fields = [("name", "Work laptop"), ("credential", &credential)];
    client.post(PAGE, &fields).await
}

/// Posts what is due; returns how many messages that were.
async fn pass(pool: &PgPool) -> usize {
    let client = WebhookClient::new(&own_network(), BASE_URL).unwrap();
    let sender = WebhookSender::new(pool.clone(), client);
    sender.pass().await.unwrap()
}

/// The path of the only webhook's page.
async fn webhook(pool: &PgPool) -> String {
    let id: i64 = sqlx::query_scalar("select id from webhook")
        .fetch_one(pool)
        .await
        .unwrap();
    format!("/account/webhooks/{id}")
}

/// The next message, as the browser reads it, and the head of its request.
fn received(receiver: &mut Receiver) -> (String, Value) {
    let request = receiver.raw_requests().remove(0);
    let (head, body) = split(&request).unwrap();
    let message = decrypt(body.to_vec(), &key(), &Auth::from(AUTH)).unwrap();
    (head, serde_json::from_slice(&message).unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_is_added_and_gets_encrypted_messages_that_name_this_site(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = member(&site).await;
    let mut receiver = Receiver::start(CREATED).await;
    let page = sam.get(PAGE).await.is(200).says("Show notifications here");
    let added = subscribe(&mut sam, &receiver.url).await.is(303);
    assert_eq!(added.location(), PAGE);
    let shown = sam
        .get(PAGE)
        .await
        .is(200)
        .says("Work laptop")
        .says("This browser");
    assert!(!shown.body.contains("Show notifications here"));
    sam.get("/account/notices").await.is(200).says("Browser");
    let webhooks = sam.get("/account/webhooks").await.is(200);
    assert!(!webhooks.body.contains("Work laptop"), "a list of its own");

    assert_eq!(pass(&pool).await, 1);
    let (head, message) = received(&mut receiver);
    assert_eq!(message["title"], "A browser shows your notifications");
    assert_eq!(message["url"], PAGE);
    assert_eq!(message["silent"], false);
    assert_eq!(header(&head, "content-encoding"), Some("aes128gcm"));
    assert_eq!(header(&head, "ttl"), Some("259200"), "three days");
    assert_eq!(header(&head, "urgency"), Some("high"));
    let authorization = header(&head, "authorization").unwrap();
    let (token, key) = authorization
        .strip_prefix("vapid t=")
        .and_then(|rest| rest.split_once(", k="))
        .unwrap();
    assert!(
        page.body.contains(key),
        "browsers subscribe with the key that signs"
    );
    let point = URL_SAFE_NO_PAD.decode(key).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    let origin = receiver.url.trim_end_matches("/hook");
    validation.set_audience(&[origin]);
    let (x, y) = (&point[1..33], &point[33..]);
    let [x, y] = [x, y].map(|number| URL_SAFE_NO_PAD.encode(number));
    let key = DecodingKey::from_ec_components(&x, &y).unwrap();
    let claims = decode::<Value>(token, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], BASE_URL);
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap();
    assert!((now..now + 24 * 3600).contains(&claims["exp"].as_i64().unwrap()));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn in_quiet_hours_a_message_makes_no_sound(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = member(&site).await;
    let mut receiver = Receiver::start(CREATED).await;
    // From the hour before to the hour after, and from then on for an hour.
    for (from, until, silent) in [(-60, 60, true), (60, 120, false)] {
        sqlx::query("delete from notice_mail_schedule")
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query(
            "with now as (select clock_timestamp() at time zone 'UTC' as time)
             insert into notice_mail_schedule (account_id, zone, quiet_from, quiet_until, frequency, digest_hour, digest_day)
             select a.id, 'UTC', extract(hour from t.begins) * 60 + extract(minute from t.begins),
                    extract(hour from t.ends) * 60 + extract(minute from t.ends), 'at_once', 8, 0
             from account a cross join now
             cross join lateral (select time + make_interval(mins => $1) as begins, time + make_interval(mins => $2) as ends) t",
        )
        .bind(from)
        .bind(until)
        .execute(&pool)
        .await
        .unwrap();
        if count(&pool, "webhook").await == 0 {
            subscribe(&mut sam, &receiver.url).await.is(303);
        } else {
            let test = format!("{}/test", webhook(&pool).await);
            sam.post(&test, &[]).await.is(303);
        }
        assert_eq!(pass(&pool).await, 1);
        assert_eq!(received(&mut receiver).1["silent"], silent);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_is_kept_until_its_project_closes_and_not_sent_after_that(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = member(&site).await;
    let mut receiver = Receiver::start(CREATED).await;
    subscribe(&mut sam, &receiver.url).await.is(303);
    assert_eq!(pass(&pool).await, 1);
    received(&mut receiver);
    sam.publish(&pool, "Shop window", 1800).await;
    let path = webhook(&pool).await;
    let tell = async |sam: &mut Client| {
        sam.post(&format!("{path}/test"), &[]).await.is(303);
        sqlx::query(
            "update notice set kind = 'bid.first', project_id = (select max(id) from project)
             where number = (select max(number) from notice)",
        )
        .execute(&pool)
        .await
        .unwrap();
        assert_eq!(pass(&pool).await, 1);
    };
    tell(&mut sam).await;
    let (head, message) = received(&mut receiver);
    assert_eq!(message["title"], "First bid");
    let kept: u32 = header(&head, "ttl").unwrap().parse().unwrap();
    assert!((1700..=1800).contains(&kept), "{kept}");
    assert_eq!(header(&head, "urgency"), Some("normal"));

    sqlx::query("update project set deadline = clock_timestamp() - interval '1 second'")
        .execute(&pool)
        .await
        .unwrap();
    tell(&mut sam).await;
    assert!(receiver.raw_requests().is_empty());
    let shown = sam.get(&path).await.is(200);
    shown.says("The deadline has passed, so it was not sent.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_that_no_longer_takes_messages_ends_and_can_subscribe_anew(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = member(&site).await;
    for answer in ["404 Not Found", "410 Gone"] {
        let gone: &'static str =
            format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").leak();
        let receiver = Receiver::start(gone).await;
        subscribe(&mut sam, &receiver.url).await.is(303);
        assert_eq!(pass(&pool).await, 1);
        let ended = sam.get(PAGE).await.is(200).says("Ended");
        ended.says("Show notifications here");
        let path = webhook(&pool).await;
        let ended = sam.get(&path).await.is(200);
        let ended = ended.says("The browser no longer takes notifications.");
        assert!(!ended.body.contains("Start again"));
    }
    let receiver = Receiver::start(CREATED).await;
    subscribe(&mut sam, &receiver.url).await.is(303);
    let shown = sam.get(PAGE).await.is(200);
    assert!(!shown.body.contains("Ended"));
    assert_eq!(count(&pool, "webhook").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_out_and_ending_the_session_end_what_a_browser_shows(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = member(&site).await;
    let receiver = Receiver::start(CREATED).await;
    subscribe(&mut sam, &receiver.url).await.is(303);
    sam.post("/sign-out", &[]).await.is(303);
    assert_eq!(pass(&pool).await, 0, "what waited is not sent");

    sam.sign_in("sam@example.com", PASSWORD).await.is(303);
    subscribe(&mut sam, &receiver.url).await.is(303);
    assert_eq!(pass(&pool).await, 1);
    // The session has expired, and with it the account's name at the top of the pages; the browser is still signed out by its form.
    sqlx::query("delete from session")
        .execute(&pool)
        .await
        .unwrap();
    sam.post("/sign-out", &[]).await.is(303);
    sam.sign_in("sam@example.com", PASSWORD).await.is(303);
    assert!(!sam.get(PAGE).await.is(200).body.contains("Work laptop"));

    subscribe(&mut sam, &receiver.url).await.is(303);
    let mut phone = Client::new(&site);
    phone.sign_in("sam@example.com", PASSWORD).await.is(303);
    let own: i64 = sqlx::query_scalar("select min(id) from session where account_id is not null")
        .fetch_one(&pool)
        .await
        .unwrap();
    phone
        .post(&format!("/account/sessions/{own}/end"), &[])
        .await
        .is(303);
    assert_eq!(pass(&pool).await, 0);
    assert!(!phone.get(PAGE).await.is(200).body.contains("Work laptop"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_no_browser_answers_is_refused_in_place(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = member(&site).await;
    let outside = subscription("https://push.example.com/1");
    let inside = subscription("https://10.0.0.1/1");
    for (name, credential, says) in [
        ("Work laptop", "", "Your browser gave no address"),
        ("Work laptop", "{}", "Your browser gave no address"),
        ("Work laptop", &inside, "Your browser gave no address"),
        (" ", &outside, "Name"),
    ] {
        let fields = [("name", name), ("credential", credential)];
        sam.post(PAGE, &fields).await.is(422).says(says);
    }
    assert_eq!(count(&pool, "webhook").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_that_is_no_longer_remembered_is_asked_to_sign_in_again(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = member(&site).await;
    subscribe(&mut sam, "https://push.example.com/1")
        .await
        .is(303);
    // Nothing could end what a browser shows that is not remembered.
    sqlx::query("delete from device")
        .execute(&pool)
        .await
        .unwrap();
    let refused = subscribe(&mut sam, "https://push.example.com/2").await;
    refused
        .is(409)
        .says("Sign out in this browser and sign in again");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_is_removed_on_its_page(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = member(&site).await;
    subscribe(&mut sam, "https://push.example.com/1")
        .await
        .is(303);
    let path = webhook(&pool).await;
    sam.get(&path).await.is(200).says("push.example.com");
    let ask = sam.get(&format!("{path}/remove")).await.is(200);
    ask.says("The browser no longer shows your notifications");
    let removed = sam.post(&format!("{path}/remove"), &[]).await.is(303);
    assert_eq!(removed.location(), PAGE);
    sam.get(PAGE).await.is(200).says("Show notifications here");
}
