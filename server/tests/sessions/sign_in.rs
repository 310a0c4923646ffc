//! Signing in: the messages, the rate of attempts, and the next page.

use crate::support::{Answer, Client, PASSWORD, lengthen_waits, site, text_of};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_password_and_an_unknown_email_look_the_same(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::member(&site, "buyer", "ada@example.com").await;
    client.post("/sign-out", &[]).await.is(303);
    let wrong = client
        .sign_in("ada@example.com", "not the password")
        .await
        .is(422);
    let unknown = client
        .sign_in("bob@example.com", "not the password")
        .await
        .is(422);
    let neutral = |answer: &Answer| {
        text_of(&answer.body)
            .replace("ada@", "@")
            .replace("bob@", "@")
    };
    assert_eq!(neutral(&wrong), neutral(&unknown));
    assert!(
        !wrong.body.contains("not the password"),
        "a page never repeats a password"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn guessing_gets_slower_and_holds_the_owner_up_only_after_a_hundred_failures(pool: PgPool) {
    let site = site(&pool, &["--trusted-proxies", "1"]);
    Client::member(&site, "buyer", "ada@example.com").await;
    // A browser that never signed in.
    let mut client = Client::new(&site);
    client
        .headers
        .push(("x-forwarded-for", "198.51.100.7, 203.0.113.9".to_owned()));
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(
            client
                .sign_in("ada@example.com", "a wrong password")
                .await
                .status
                .as_u16(),
        );
    }
    assert_eq!(statuses[..4], [422, 422, 422, 422]);
    assert!(statuses[4..].contains(&429), "{statuses:?}");
    // The right password does not skip the wait, but the owner, at another address, need not wait, even with a new machine.
    lengthen_waits(&pool).await;
    client.sign_in("ada@example.com", PASSWORD).await.is(429);
    let mut owner = Client::new(&site);
    owner.sign_in("ada@example.com", PASSWORD).await.is(303);
    // After a hundred failures from anywhere, one failure makes a network wait, and one without need not.
    Client::new(&site)
        .sign_in("ada@example.com", "a wrong password")
        .await
        .is(422);
    sqlx::query("update sign_in_failure set failures = 110, last_failed_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let mut elsewhere = Client::new(&site);
    elsewhere
        .headers
        .push(("x-forwarded-for", "198.51.100.7, 203.0.113.77".to_owned()));
    let mut fresh = Client::new(&site);
    fresh
        .headers
        .push(("x-forwarded-for", "198.51.100.7, 192.0.2.5".to_owned()));
    fresh
        .sign_in("ada@example.com", "a wrong password")
        .await
        .is(422);
    fresh.sign_in("ada@example.com", PASSWORD).await.is(429);
    let waiting = elsewhere
        .sign_in("ada@example.com", PASSWORD)
        .await
        .is(429)
        .says("wait");
    assert!(
        waiting
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds >= 1)
    );
    // Attempts for an unknown e-mail are slowed down in the same way, so the wait reveals nothing either.
    sqlx::query("truncate sign_in_failure")
        .execute(&pool)
        .await
        .unwrap();
    let mut unknown = Vec::new();
    for _ in 0..7 {
        unknown.push(
            client
                .sign_in("nobody@example.com", "a wrong password")
                .await
                .status
                .as_u16(),
        );
    }
    assert_eq!(unknown[..4], [422, 422, 422, 422]);
    assert!(unknown[4..].contains(&429));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_forwarded_address_counts_only_from_trusted_proxies(pool: PgPool) {
    let site = site(&pool, &["--trusted-proxies", "1"]);
    let mut client = Client::new(&site);
    // The address claimed by the client changes with every attempt; the one appended by the proxy stays.
    let mut statuses = Vec::new();
    for n in 0..40 {
        client.headers = vec![
            ("sec-fetch-site", "same-origin".to_owned()),
            ("x-forwarded-for", format!("10.0.0.{n}, 203.0.113.9")),
        ];
        let email = format!("nobody{n}@example.com");
        let answer = client.sign_in(&email, "a wrong password").await;
        statuses.push(answer.status.as_u16());
    }
    // However slow the attempts are, the wait doubles until one of them is too early.
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_in_continues_only_within_the_site(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    client.sign_up("buyer", "ada@example.com").await.is(303);
    for (next, location) in [
        ("/projects/7", "/projects/7"),
        ("//evil.example", "/dashboard"),
        ("https://evil.example/", "/dashboard"),
        ("", "/dashboard"),
    ] {
        let answer = client
            .post(
                "/sign-in",
                &[
                    ("email", "ada@example.com"),
                    ("password", PASSWORD),
                    ("next", next),
                ],
            )
            .await
            .is(303);
        assert_eq!(answer.location(), location);
    }
    let mut anonymous = Client::new(&site);
    assert_eq!(
        anonymous
            .get("/dashboard?state=open")
            .await
            .is(303)
            .location(),
        "/sign-in?next=/dashboard%3Fstate%3Dopen"
    );
}
