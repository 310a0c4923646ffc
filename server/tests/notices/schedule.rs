//! When mail is sent: the choices, and the digest as a letter.

use crate::{
    fixture::{Scene, scene},
    mail::unsubscribe,
    support::Client,
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// The fields of the form as the page shows them.
const SHOWN: [(&str, &str); 6] = [
    ("how_often", "at_once"),
    ("digest_time", "7"),
    ("digest_day", "Monday"),
    ("quiet_from", ""),
    ("quiet_until", ""),
    ("time_zone", "UTC"),
];

/// Everything is wanted, with these changes of the schedule.
fn fields<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = SHOWN
        .into_iter()
        .filter(|(name, _)| !changed.iter().any(|(other, _)| name == other))
        .collect();
    fields.extend(changed);
    fields.extend([
        ("wanted", "bid.first:site"),
        ("wanted", "bid.first:email"),
        ("wanted", "deadline.day:email"),
    ]);
    fields
}

/// Lets the time of the digest come, and sends it.
async fn send_due(scene: &Scene) -> usize {
    sqlx::query("update notice_held_mail set due_at = clock_timestamp()")
        .execute(&scene.pool)
        .await
        .unwrap();
    scene.tell().await;
    scene.send().await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_digest_is_a_letter_with_an_entry_for_each_project(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let digest = fields(&[("how_often", "daily")]);
    scene.seller.post("/account/notices", &digest).await.is(303);
    let second = scene.seller.publish(&pool, "Another window", 3600).await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    scene.buyer.bid(&second, "800").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 0);
    assert_eq!(send_due(&scene).await, 1);
    let mail = scene.mail().await.remove(0);
    assert_eq!(mail.subject, "Your digest: news of 2 projects");
    let origin = "http://guildhall.example";
    let text = mail.text.replace("\r\n", "\n");
    let expected = format!(
        "Your digest
===========

There is news of 2 projects.

* Another window
  First bid. Someone has bid €800.00.
  {origin}{second}

* A new shop window
  First bid. Someone has bid €900.00.
  {origin}{}

See all notifications:
{origin}/notices

--\u{20}
You get this because you chose a digest instead of single e-mails.
Choose your notifications:
{origin}/account/notices
Unsubscribe:
{origin}{}
Guildhall, {origin}
",
        scene.project,
        unsubscribe(&mail)
    );
    assert_eq!(text, expected);
    for part in [
        "Another window",
        "Someone has bid €900.00.",
        "you chose a digest",
    ] {
        assert!(mail.html.contains(part), "{part}");
    }
    // Neither on the site nor counted.
    let list = scene.seller.get("/notices").await.is(200);
    assert!(!list.body.contains("Your digest"));
    assert_eq!(scene.seller.get("/").await.bell(), "2");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn one_click_ends_what_digests_collect_and_nothing_else(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let digest = fields(&[("how_often", "daily")]);
    scene.seller.post("/account/notices", &digest).await.is(303);
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    send_due(&scene).await;
    let mail = scene.mail().await.remove(0);
    assert!(
        mail.headers
            .contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    );
    let path = unsubscribe(&mail);
    let mut stranger = Client::new(&scene.site);
    stranger.headers.clear();
    let question = stranger.get(&path).await.is(200);
    question
        .says("Stop mail about this: Everything that your digests collect (bids, results and watched projects)");
    let body = Body::from("List-Unsubscribe=One-Click");
    let form = Some("application/x-www-form-urlencoded");
    stranger.send(Method::POST, &path, body, form).await.is(200);
    let page = scene.seller.get("/account/notices").await.is(200);
    let is_checked = |choice: &str| {
        let (_, rest) = page
            .body
            .split_once(&format!("value=\"{choice}\""))
            .unwrap();
        rest.split('>').next().unwrap().contains("checked")
    };
    assert!(!is_checked("bid.first:email") && !is_checked("result.unawarded:email"));
    assert!(is_checked("bid.first:site") && is_checked("deadline.day:email"));
    let second = scene.seller.publish(&pool, "Another window", 3600).await;
    scene.buyer.bid(&second, "800").await.is(303);
    scene.tell().await;
    assert_eq!(send_due(&scene).await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_schedule_that_is_refused_changes_nothing_and_loses_nothing(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let zone = ("time_zone", "Europe/Berlin");
    let night = fields(&[("quiet_from", "22:00"), ("quiet_until", "07:00"), zone]);
    scene.seller.post("/account/notices", &night).await.is(303);
    let whole_day = [("quiet_from", "23:30"), ("quiet_until", "23:30"), zone];
    let mut changed = fields(&whole_day);
    changed.retain(|(_, value)| *value != "bid.first:email");
    let refused = scene
        .seller
        .post("/account/notices", &changed)
        .await
        .is(422);
    let says = "Choose another time: quiet hours can't last the whole day.";
    let refused = refused
        .says("There is a problem")
        .says(&format!("Quiet until: {says}"));
    assert_eq!(refused.body.matches("value=\"23:30\"").count(), 2);
    assert!(refused.body.contains("value=\"bid.first:site\" checked"));
    assert!(!refused.body.contains("value=\"bid.first:email\" checked"));
    let stored = scene.seller.get("/account/notices").await.is(200);
    for value in [
        "22:00",
        "07:00",
        "bid.first:email\" checked",
        "Europe/Berlin\" selected",
    ] {
        assert!(stored.body.contains(&format!("value=\"{value}")), "{value}");
    }
    for (field, value, says) in [
        (
            "quiet_from",
            "25:00",
            "Quiet from: Enter a time of day such as 22:00.",
        ),
        (
            "quiet_until",
            "",
            "Quiet until: Enter a time of day such as 22:00, or leave both fields empty.",
        ),
        (
            "time_zone",
            "Mars/Olympus",
            "Time zone: Choose a time zone from the list.",
        ),
        (
            "how_often",
            "hourly",
            "How often: Choose one of the options.",
        ),
        (
            "digest_day",
            "Caturday",
            "Digest day: Choose one of the options.",
        ),
        (
            "digest_time",
            "24",
            "Digest time: Choose one of the options.",
        ),
    ] {
        let night = [("quiet_from", "22:00"), ("quiet_until", "07:00")];
        let mut changed: Vec<_> = night
            .into_iter()
            .filter(|(name, _)| *name != field)
            .collect();
        changed.push((field, value));
        let refused = scene
            .seller
            .post("/account/notices", &fields(&changed))
            .await;
        refused.is(422).says(says);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_without_a_schedule_leaves_it_as_it_is(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let weekly = fields(&[("how_often", "weekly"), ("digest_day", "Friday")]);
    scene.seller.post("/account/notices", &weekly).await.is(303);
    let wanted = [("wanted", "bid.first:site")];
    scene.seller.post("/account/notices", &wanted).await.is(303);
    let page = scene.seller.get("/account/notices").await.is(200);
    assert!(page.body.contains("value=\"weekly\" checked"));
    assert!(page.body.contains("value=\"Friday\" selected"));
}
