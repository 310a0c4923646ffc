//! `/dev/mail`.

use crate::{
    letter,
    relay::HOME,
    support::{Client, site},
};
use server::{config::MailConfig, mail::Mailer};
use sqlx::PgPool;

async fn keep(pool: &PgPool) {
    let mailer = Mailer::new(&MailConfig::default(), HOME, pool).unwrap();
    mailer
        .send(&letter(
            "bea@example.com",
            "Bea",
            "Outbid on <Roof> & “Wände”",
        ))
        .await
        .unwrap();
}

/// A browser on the server's machine.
fn on_this_machine(pool: &PgPool) -> Client {
    let mut client = Client::new(&site(pool, &[]));
    client.host = "127.0.0.1:3000";
    client
}

/// The path of the only message.
async fn only_message_path(client: &mut Client) -> String {
    let list = client
        .get("/dev/mail")
        .await
        .is(200)
        .says("Outbid on <Roof> & “Wände”")
        .says("bea@example.com");
    let (_, after) = list.body.split_once("/dev/mail/").unwrap();
    let id: String = after.chars().take_while(char::is_ascii_digit).collect();
    assert_eq!(list.body.matches("/dev/mail/").count(), 1);
    format!("/dev/mail/{id}")
}

#[sqlx::test(migrator = "guildhall::store::MIGRATIONS")]
async fn kept_mail_is_shown_as_its_reader_would_see_it(pool: PgPool) {
    let mut client = on_this_machine(&pool);
    client.get("/dev/mail").await.is(200).says("No mail yet");
    keep(&pool).await;
    // The same letter again is the same message.
    keep(&pool).await;
    let path = only_message_path(&mut client).await;
    let page = client.get(&path).await.is(200);
    assert!(
        page.header("content-security-policy")
            .contains("frame-src 'self'")
    );
    assert!(
        page.body
            .contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\"")
    );
    for line in [
        "List-Unsubscribe: &lt;https://guildhall.example/unsubscribe/s3cr3t&gt;",
        "Message-ID: &lt;notice-7-12@guildhall.localhost&gt;",
        "* A window",
    ] {
        let (_, text_part) = page.body.split_once("As plain text").unwrap();
        assert!(
            text_part.contains(line),
            "{line}: {}",
            text_part.replace('\n', "|")
        );
    }
    let html = client.get(&format!("{path}/html")).await.is(200);
    assert!(html.body.starts_with("<!doctype html>") && html.body.contains("You were outbid</h1>"));
    let policy = html.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "sandbox allow-popups",
        "frame-ancestors 'self'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("script") && html.header("cache-control").contains("no-store"));
    let others = client.get("/dev/mail").await;
    assert!(
        !others
            .header("content-security-policy")
            .contains("frame-src")
    );
}

#[sqlx::test(migrator = "guildhall::store::MIGRATIONS")]
async fn unknown_mail_is_not_found(pool: PgPool) {
    let mut client = on_this_machine(&pool);
    for path in [
        "/dev/mail/1",
        "/dev/mail/x",
        "/dev/mail/1/html",
        "/dev/mail/99999999999999999999",
    ] {
        client.get(path).await.is(404);
    }
}

#[sqlx::test(migrator = "guildhall::store::MIGRATIONS")]
async fn a_server_with_a_relay_or_a_public_address_shows_no_mail(pool: PgPool) {
    keep(&pool).await;
    let path = only_message_path(&mut on_this_machine(&pool)).await;
    let relay = [
        "--smtp-url",
        "smtps://relay.example",
        "--mail-from",
        "no-reply@guildhall.example",
    ];
    for flags in [
        &relay[..],
        &[&relay[..], &["--demo"]].concat(),
        &["--public-url", "https://guildhall.example"],
        &["--public-url", "https://guildhall.example", "--demo"],
        &["--addr", "0.0.0.0:3000"],
        &["--trusted-proxies", "1"],
    ] {
        let mut client = Client::new(&site(&pool, flags));
        client.host = "127.0.0.1:3000";
        for path in ["/dev/mail", &path, &format!("{path}/html")] {
            client.get(path).await.is(404);
        }
    }
    // A name that somebody made resolve to this machine, and a proxy that nobody configured.
    let mut elsewhere = Client::new(&site(&pool, &[]));
    elsewhere.get("/dev/mail").await.is(404);
    let mut proxied = on_this_machine(&pool);
    proxied
        .headers
        .push(("x-forwarded-for", "192.0.2.1".to_owned()));
    proxied.get("/dev/mail").await.is(404);
    let demo = ["--addr", "0.0.0.0:3000", "--demo"];
    Client::new(&site(&pool, &demo))
        .get("/dev/mail")
        .await
        .is(200);
}
