//! The session between sign-in and sign-out, its cookie and its row.

use crate::support::{Client, PASSWORD, count, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_session_changes_its_id_at_sign_in_and_ends_at_sign_out(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    client.sign_up("buyer", "ada@example.com").await.is(303);
    let before = client
        .cookie("guildhall")
        .expect("the notice is stored in a session")
        .to_owned();
    let signed_in = client.sign_in("ada@example.com", PASSWORD).await.is(303);
    let cookies = signed_in.headers.get_all("set-cookie").iter();
    let cookie = cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("guildhall="))
        .unwrap();
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
    let cookies = signed_in.headers.get_all("set-cookie").iter();
    let cookie = cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("__Host-guildhall="))
        .unwrap();
    assert!(
        cookie.contains("Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert!(
        signed_in
            .header("strict-transport-security")
            .contains("max-age")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_stores_no_session_token(pool: PgPool) {
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
async fn a_request_in_progress_does_not_revive_an_ended_session(pool: PgPool) {
    let site = site(&pool, &[]);
    let client = Client::member(&site, "buyer", "ada@example.com").await;
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..40 {
        let mut client = client.clone();
        requests.spawn(async move {
            match n {
                20 => client.post("/sign-out", &[]).await,
                // Each of these changes the session's data, and so saves it.
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
