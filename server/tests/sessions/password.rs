//! Changing the password, and which sessions, tokens and grants that ends.

use crate::support::{Client, PASSWORD, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_the_owner_can_end_a_session_and_a_new_password_ends_the_others(pool: PgPool) {
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
    .says("not your current password");
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
async fn changing_the_password_revokes_tokens_and_grants_only_if_requested(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut bea = Client::member(&site, "buyer", "bea@example.com").await;
    let valid = |pool: PgPool| async move {
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
    assert_eq!(valid(pool.clone()).await, 2);
    let [present, new] = change(second, "another lantern by the quay");
    bea.post("/account/password", &[present, new, ("others", "end")])
        .await
        .is(303);
    assert_eq!(valid(pool.clone()).await, 0);
    let events: i64 = sqlx::query_scalar(
        "select count(*) from outbox where kind like 'token.revoked' or kind like '%grant%'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(events, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_form_with_a_password_has_a_username_for_password_managers(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let member = Client::member(&site, "seller", "sam@example.com").await;
    let mut forms = 0;
    for (method, path) in server::routes() {
        if method != axum::http::Method::GET || path.contains("/live") || path.contains('{') {
            continue;
        }
        for visitor in [&Client::new(&site), &member] {
            let page = visitor.clone().get(&path).await.body;
            for form in page.split("<form").skip(1) {
                let form = form.split("</form>").next().unwrap_or_default();
                let passwords: Vec<&str> = form
                    .split("<input")
                    .filter(|input| input.contains("type=\"password\""))
                    .collect();
                if passwords.is_empty() {
                    continue;
                }
                forms += 1;
                assert!(
                    form.contains("autocomplete=\"username\""),
                    "{path} has no username: {form}"
                );
                for input in passwords {
                    assert!(
                        input.contains("autocomplete=\"current-password\"")
                            || input.contains("autocomplete=\"new-password\""),
                        "{path}: {input}"
                    );
                }
            }
        }
    }
    assert!(forms >= 3, "only {forms} forms with passwords were found");
}
