//! Notices as mail.

use crate::{
    fixture::{Mail, scene},
    support::Client,
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// The path of the one-click address in the headers.
pub fn unsubscribe(mail: &Mail) -> String {
    let unfolded = mail.headers.replace("\r\n ", " ");
    let (_, rest) = unfolded
        .split_once("List-Unsubscribe: <")
        .expect("the header");
    let (url, _) = rest.split_once('>').unwrap();
    url.strip_prefix("http://guildhall.example")
        .unwrap()
        .to_owned()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_first_bid_is_a_letter_to_the_seller(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 1);
    assert_eq!(scene.send().await, 0);
    let mail = scene.mail().await.remove(0);
    assert_eq!(mail.address, "sam@example.com");
    assert_eq!(mail.subject, "First bid: A new shop window");
    for part in [&mail.text, &mail.html] {
        for words in [
            "Someone has bid €900.00.",
            "A new shop window",
            "You get this because you posted this project.",
            "http://guildhall.example/account/notices",
        ] {
            assert!(part.contains(words), "{words}: {part}");
        }
        assert!(part.contains(&format!("http://guildhall.example{}", scene.project)));
    }
    assert!(
        mail.headers
            .contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn one_click_ends_a_kind_of_mail_and_nothing_else(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    scene.send().await;
    let path = unsubscribe(&scene.mail().await[0]);
    // A scanner opens the link: nothing changes.
    let mut stranger = Client::new(&scene.site);
    stranger.headers.clear();
    stranger
        .get(&path)
        .await
        .is(200)
        .says("Stop mail about this: The first bid on your project");
    let second = scene.seller.publish(&pool, "Another window", 3600).await;
    scene.buyer.bid(&second, "900").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 1);
    // The mail program's button, without cookies and without a page.
    let body = Body::from("List-Unsubscribe=One-Click");
    let form = Some("application/x-www-form-urlencoded");
    stranger
        .send(Method::POST, &path, body, form)
        .await
        .is(200)
        .says("You will get no more mail about this");
    let third = scene.seller.publish(&pool, "A third window", 3600).await;
    scene.buyer.bid(&third, "900").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 0);
    scene
        .seller
        .get("/notices")
        .await
        .is(200)
        .says("A third window");
    let forged = path.replace("/unsubscribe/", "/unsubscribe/1");
    stranger
        .send(Method::POST, &forged, Body::empty(), form)
        .await
        .is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_notice_about_security_has_no_unsubscribe_link(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let password = [
        ("present_password", crate::support::PASSWORD),
        ("new_password", "another stepped gable"),
    ];
    scene
        .buyer
        .post("/account/password", &password)
        .await
        .is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 1);
    let mail = scene.mail().await.remove(0);
    assert_eq!(mail.subject, "Your password was changed");
    assert!(!mail.headers.contains("List-Unsubscribe"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_name_cannot_add_a_header(pool: PgPool) {
    let mut scene = scene(&pool).await;
    sqlx::query("update project set name = E'Window\\r\\nBcc: eve@example.com'")
        .execute(&pool)
        .await
        .unwrap();
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    scene.send().await;
    let mail = scene.mail().await.remove(0);
    assert!(
        !mail.headers.lines().any(|line| line.starts_with("Bcc")),
        "{}",
        mail.headers
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_from_an_unknown_browser_is_told(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene
        .buyer
        .get("/notices")
        .await
        .is(200)
        .says("No notifications yet");
    let mut elsewhere = Client::new(&scene.site);
    elsewhere
        .sign_in("bea@example.com", crate::support::PASSWORD)
        .await
        .is(303);
    scene.tell().await;
    scene
        .buyer
        .get("/notices")
        .await
        .is(200)
        .says("New sign-in");
}
