//! Notices as mail.

use crate::{
    fixture::{Mail, scene},
    support::Client,
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::{ConnectOptions as _, PgPool};
use std::process::Stdio;
use tokio::{io::AsyncWriteExt as _, process::Command};

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

/// What a mail system sends back if the address of this letter takes no mail.
fn bounce(mail: &Mail, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_B\"\n\n\
         --=_B\nContent-Type: text/plain; charset=us-ascii\n\nThe address does not exist.\n\n\
         --=_B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {}\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} unknown user\n\n\
         --=_B\nContent-Type: message/rfc822\n\n{}\n\nThe letter.\n--=_B--\n",
        mail.address,
        mail.headers.replace("\r\n", "\n").trim_end()
    )
}

/// Pipes a message into `guildhall mail report`, as a mail server does. Returns the exit code and what it says.
async fn report(url: &str, message: &str) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["mail", "report"])
        .env("DATABASE_URL", url)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(message.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_that_bounces_later_gets_no_more_mail_until_its_owner_says_so(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let url = pool.connect_options().to_url_lossy();
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 1);
    let mail = scene.mail().await.remove(0);
    for (message, says) in [
        (
            "Subject: Out of office\n\nBack on Monday.".to_owned(),
            "this is not a report",
        ),
        (
            bounce(&mail, "5.2.2"),
            "the report is not about an address that takes no mail",
        ),
        (
            bounce(&mail, "5.1.1").replace("sam@example.com", "eve@example.com"),
            "was not sent to eve@example.com",
        ),
        (
            bounce(&mail, "5.1.1").replace("<notice-", "<notice-00"),
            "was not sent to sam@example.com",
        ),
    ] {
        let (code, text) = report(url.as_str(), &message).await;
        assert_eq!(code, Some(0), "{text}");
        assert!(
            text.contains("Nothing changed") && text.contains(says),
            "{text}"
        );
    }
    let preferences = scene.seller.get("/account/notices").await.is(200);
    assert!(!preferences.body.contains("We stopped sending"));

    let (code, text) = report(url.as_str(), &bounce(&mail, "5.1.1")).await;
    assert_eq!(code, Some(0));
    assert!(text.contains("Stopped mail to sam@example.com"), "{text}");
    let preferences = scene.seller.get("/account/notices").await.is(200);
    assert!(!preferences.body.contains("0 messages"));
    let second = scene.seller.publish(&pool, "Another window", 3600).await;
    scene.buyer.bid(&second, "800").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 0, "nothing more is sent");
    let preferences = scene.seller.get("/account/notices").await.is(200);
    preferences
        .says("We stopped sending you mail on")
        .says("1 message is waiting.")
        .says("550 5.1.1 unknown user");
    scene
        .seller
        .post("/account/notices/send-again", &[])
        .await
        .is(303);
    assert_eq!(scene.send().await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_report_that_cannot_be_stored_is_to_be_tried_again(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    scene.send().await;
    let mail = scene.mail().await.remove(0);
    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    let (code, text) = report(nowhere, &bounce(&mail, "5.1.1")).await;
    assert_eq!(code, Some(75), "{text}");
    assert!(text.contains("Try again later"), "{text}");
}
