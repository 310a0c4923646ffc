//! Signing up, in and out, and what protects it.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use support::{Client, PASSWORD, count, site};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_up_answers_the_same_whether_the_email_is_known_or_not(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut first, mut second) = (Client::new(&site), Client::new(&site));
    let new = first.sign_up("seller", "ada@example.com").await.is(303);
    let known = second
        .post(
            "/sign-up",
            &[
                ("role", "buyer"),
                ("name", "Mallory"),
                ("email", "ADA@example.com"),
                ("password", "another fine lantern"),
            ],
        )
        .await
        .is(303);
    assert_eq!(new.location(), known.location());
    let words = |answer: support::Answer| support::text_of(&answer.body);
    assert_eq!(
        words(first.get("/sign-in").await),
        words(second.get("/sign-in").await)
    );
    assert_eq!(count(&pool, "account").await, 1);
    // The account is as its owner made it.
    first.sign_in("ada@example.com", PASSWORD).await.is(303);
    assert_eq!(
        second
            .sign_in("ada@example.com", "another fine lantern")
            .await
            .status,
        422
    );
}

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
    let neutral = |answer: &support::Answer| {
        support::text_of(&answer.body)
            .replace("ada@", "@")
            .replace("bob@", "@")
    };
    assert_eq!(neutral(&wrong), neutral(&unknown));
    assert!(
        !wrong.body.contains("not the password"),
        "a password never comes back"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_session_changes_its_id_at_sign_in_and_ends_at_sign_out(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    client.sign_up("buyer", "ada@example.com").await.is(303);
    let before = client
        .cookie("guildhall")
        .expect("the notice is kept in a session")
        .to_owned();
    let signed_in = client.sign_in("ada@example.com", PASSWORD).await.is(303);
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    let after = client.cookie("guildhall").unwrap().to_owned();
    assert_ne!(before, after);
    let mut planted = Client::new(&site);
    planted.set_cookie("guildhall", &before);
    planted.get("/account").await.is(303);

    client.get("/account").await.is(200);
    client.post("/sign-out", &[]).await.is(303);
    let mut stolen = Client::new(&site);
    stolen.set_cookie("guildhall", &after);
    stolen.get("/account").await.is(303);
    assert_eq!(
        count(&pool, "session where account_id is not null").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn under_https_the_cookie_is_bound_to_the_host_and_secure(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example"]);
    let mut client = Client::new(&site);
    client.sign_up("buyer", "ada@example.com").await.is(303);
    let signed_in = client.sign_in("ada@example.com", PASSWORD).await.is(303);
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-guildhall=")
            && cookie.contains("Secure")
            && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert!(
        signed_in
            .header("strict-transport-security")
            .contains("max-age")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_knows_no_token(pool: PgPool) {
    let site = site(&pool, &[]);
    let client = Client::member(&site, "buyer", "ada@example.com").await;
    let rows: Vec<String> = sqlx::query_scalar("select row_to_json(session)::text from session")
        .fetch_all(&pool)
        .await
        .unwrap();
    let token = client.cookie("guildhall").unwrap();
    assert!(
        !rows.is_empty()
            && rows
                .iter()
                .all(|row| !row.contains(token) && !row.contains(PASSWORD))
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn changing_the_password_ends_the_other_sessions_and_ending_one_is_the_owners_right_alone(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut desk = Client::member(&site, "buyer", "ada@example.com").await;
    let mut phone = Client::new(&site);
    phone.sign_in("ada@example.com", PASSWORD).await.is(303);
    let mut stranger = Client::member(&site, "buyer", "eve@example.com").await;
    let phone_id: i64 = sqlx::query_scalar("select max(s.id) from session s join account a on a.id = s.account_id where a.email = 'ada@example.com'").fetch_one(&pool).await.unwrap();
    stranger
        .post(&format!("/account/sessions/{phone_id}/end"), &[])
        .await
        .is(303);
    phone.get("/account").await.is(200);
    desk.post(&format!("/account/sessions/{phone_id}/end"), &[])
        .await
        .is(303);
    phone.get("/account").await.is(303);

    phone.sign_in("ada@example.com", PASSWORD).await.is(303);
    let change = |present, new| [("present_password", present), ("new_password", new)];
    desk.post(
        "/account/password",
        &change("wrong password", "a brass weather vane"),
    )
    .await
    .is(422)
    .says("not your present password");
    desk.post("/account/password", &change(PASSWORD, "password123"))
        .await
        .is(422)
        .says("easy to guess");
    desk.post(
        "/account/password",
        &change(PASSWORD, "a brass weather vane"),
    )
    .await
    .is(303);
    desk.get("/account")
        .await
        .is(200)
        .says("password is changed");
    phone.get("/account").await.is(303);
    assert_eq!(phone.sign_in("ada@example.com", PASSWORD).await.status, 422);
    phone
        .sign_in("ada@example.com", "a brass weather vane")
        .await
        .is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_that_was_ended_is_not_brought_back_by_a_request_under_way(pool: PgPool) {
    let site = site(&pool, &[]);
    let client = Client::member(&site, "buyer", "ada@example.com").await;
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..40 {
        let mut client = client.clone();
        requests.spawn(async move {
            match n {
                20 => client.post("/sign-out", &[]).await,
                // Each of these changes what the session keeps, and so saves it.
                _ => {
                    client
                        .post("/settings/time-zone", &[("time_zone", "UTC")])
                        .await
                }
            }
        });
    }
    requests.join_all().await;
    client.clone().get("/account").await.is(303);
    assert_eq!(
        count(&pool, "session where account_id is not null").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn guessing_gets_slower_for_the_email_and_for_the_address(pool: PgPool) {
    let site = site(&pool, &["--trusted-proxies", "1"]);
    let mut client = Client::member(&site, "buyer", "ada@example.com").await;
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
    // From elsewhere the e-mail has to wait too, and the right password does not jump the queue.
    client.headers.pop();
    let waiting = client
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
    // An unknown e-mail slows down in the same way, so that waiting tells nothing either.
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
async fn a_proxys_word_counts_only_as_far_as_it_is_trusted(pool: PgPool) {
    let site = site(&pool, &["--trusted-proxies", "1"]);
    let mut client = Client::new(&site);
    // What the visitor itself claims changes with every try; what the proxy appended stays.
    for n in 0..40 {
        client.headers = vec![
            ("sec-fetch-site", "same-origin".to_owned()),
            ("x-forwarded-for", format!("10.0.0.{n}, 203.0.113.9")),
        ];
        client
            .sign_in(&format!("nobody{n}@example.com"), "a wrong password")
            .await;
    }
    client
        .sign_in("one.more@example.com", "a wrong password")
        .await
        .is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn unsafe_requests_from_other_sites_are_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::member(&site, "buyer", "ada@example.com").await;
    for headers in [
        vec![("sec-fetch-site", "cross-site".to_owned())],
        vec![("sec-fetch-site", "same-site".to_owned())],
        vec![("origin", "https://evil.example".to_owned())],
        vec![("origin", "null".to_owned())],
    ] {
        client.headers = headers.clone();
        assert_eq!(
            client.post("/sign-out", &[]).await.status,
            403,
            "{headers:?}"
        );
        client.get("/account").await.is(200);
    }
    client.headers = vec![("origin", "http://guildhall.example".to_owned())];
    client.post("/sign-out", &[]).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_in_leads_on_within_the_site_only(pool: PgPool) {
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

#[sqlx::test(migrator = "MIGRATIONS")]
async fn bad_sign_ups_name_every_field_and_store_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    let answer = client
        .post(
            "/sign-up",
            &[
                ("role", "admin"),
                ("name", "A\u{202e}da"),
                ("email", "ada"),
                ("password", "short"),
            ],
        )
        .await
        .is(422);
    for id in ["role-error", "name-error", "email-error", "password-error"] {
        assert!(
            answer.body.contains(&format!("id=\"{id}\"")),
            "{id} is missing"
        );
    }
    assert!(answer.body.contains("<title>Error: "));
    assert!(!answer.body.contains("value=\"short\""));
    let long = "x".repeat(81);
    client
        .post(
            "/sign-up",
            &[
                ("role", "buyer"),
                ("name", &long),
                ("email", "a@example.com"),
                ("password", PASSWORD),
            ],
        )
        .await
        .is(422)
        .says("at most 80");
    client.post("/sign-up", &[]).await.is(422);
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_changed_password_ends_tokens_and_programs_unless_told_otherwise(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut bea = Client::member(&site, "buyer", "bea@example.com").await;
    let good = |pool: PgPool| async move {
        let counted = "select (select count(*) from access_token where revoked_at is null and client_id is null)
                            + (select count(*) from oauth_grant where revoked_at is null)";
        sqlx::query_scalar::<_, i64>(counted)
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    sqlx::raw_sql(
        "insert into oauth_client (client_id, account_id, name, redirect_uris, scopes) select 'p', id, 'Ledger', '{}', '{}' from account;
         insert into oauth_grant (account_id, client_id, scopes, expires_at) select account_id, id, '{}', now() + interval '1 day' from oauth_client;
         insert into access_token (hash, account_id, name, hint, scopes, expires_at) select 'x', id, 'T', 'abcd', '{}', now() + interval '1 day' from account",
    )
    .execute(&pool)
    .await
    .unwrap();
    let second = "harbour lamp in the fog";
    let change = |present, new| [("present_password", present), ("new_password", new)];
    bea.post("/account/password", &change(PASSWORD, second))
        .await
        .is(303);
    assert_eq!(good(pool.clone()).await, 2);
    let [present, new] = change(second, "another lantern by the quay");
    bea.post("/account/password", &[present, new, ("others", "end")])
        .await
        .is(303);
    assert_eq!(good(pool.clone()).await, 0);
    let told: i64 = sqlx::query_scalar(
        "select count(*) from outbox where kind like 'token.revoked' or kind like '%grant%'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(told, 2);
}
