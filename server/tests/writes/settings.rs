//! The theme and the time zone.

use crate::{
    refusal,
    support::{Answer, Client, site},
    wrong_fields,
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

fn cookies(answer: &Answer) -> Vec<&str> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap())
        .filter(|cookie| !cookie.starts_with("guildhall="))
        .collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_choice_sets_the_same_cookie_with_and_without_javascript(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut browser = Client::new(&site);
    let theme = browser
        .call("choose-theme", &json!({ "theme": "dark" }))
        .await
        .is(200);
    assert_eq!(
        cookies(&theme),
        ["theme=dark; SameSite=Lax; Path=/; Max-Age=31536000"]
    );
    let zone = browser
        .call("choose-time-zone", &json!({ "time_zone": "Europe/Berlin" }))
        .await
        .is(200);
    assert_eq!(
        cookies(&zone),
        ["time_zone=Europe%2FBerlin; SameSite=Lax; Path=/; Max-Age=31536000"]
    );
    let page = browser.get("/settings").await.is(200);
    page.says("Times are now shown in your time zone.")
        .says("Europe/Berlin");

    let by_form = browser
        .post("/settings/theme", &[("theme", "dark"), ("back", "/")])
        .await
        .is(303);
    assert_eq!(cookies(&by_form), cookies(&theme));
    let by_form = browser
        .post("/settings/time-zone", &[("time_zone", "Europe/Berlin")])
        .await
        .is(303);
    assert_eq!(cookies(&by_form), cookies(&zone));
}

/// The zone in which the page says it was rendered, if it follows the device's.
fn device_zone(page: &Answer) -> Option<&str> {
    let (_, after) = page.body.split_once(" data-zone=\"")?;
    after.split_once('"').map(|(zone, _)| zone)
}

fn is_shown_in(page: &Answer, zone: &str) -> bool {
    let footer = page.body.replace("<!>", "");
    footer.contains(&format!("Times shown in {zone}"))
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn pages_follow_the_device_until_a_zone_is_chosen(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut browser = Client::new(&site);
    for path in ["/", "/settings", "/nothing"] {
        assert_eq!(device_zone(&browser.get(path).await), Some("UTC"), "{path}");
    }
    // A form that was sent must not be sent again.
    let refusal = browser.post("/sign-in", &[]).await.is(422);
    assert_eq!(device_zone(&refusal), None);
    browser.set_cookie("device_zone", "Asia/Kathmandu");
    let page = browser.get("/").await.is(200);
    assert_eq!(device_zone(&page), Some("Asia/Kathmandu"));
    assert!(is_shown_in(&page, "Asia/Kathmandu"));

    let zone = [("time_zone", "Europe/Berlin")];
    browser.post("/settings/time-zone", &zone).await.is(303);
    // The one-time message must not be lost.
    for _ in 0..2 {
        let page = browser.get("/").await.is(200);
        assert_eq!(device_zone(&page), None);
        assert!(is_shown_in(&page, "Europe/Berlin"));
    }
    browser
        .post("/settings/time-zone", &[("time_zone", "")])
        .await
        .is(303);
    let page = browser.get("/settings").await.is(200);
    assert_eq!(device_zone(&page), None);
    page.says("Times are now shown in your device’s time zone.")
        .says("(Asia/Kathmandu)");
    let page = browser.get("/settings").await.is(200);
    assert_eq!(device_zone(&page), Some("Asia/Kathmandu"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_choice_is_refused_and_not_stored(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut browser = Client::new(&site);
    let answer = browser
        .call("choose-time-zone", &json!({ "time_zone": "Mars/Olympus" }))
        .await
        .is(422);
    assert_eq!(wrong_fields(&answer), ["time_zone"]);
    assert!(cookies(&answer).is_empty());
    let answer = browser
        .call("choose-theme", &json!({ "theme": "pink" }))
        .await
        .is(400);
    assert_eq!(refusal(&answer).0, "outdated");
    assert!(cookies(&answer).is_empty());
}
