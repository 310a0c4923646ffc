//! Tokens created, listed and revoked on the page.

use crate::{
    fixture::{PATH, caller, fill, form, make, token_in},
    support::{Client, count, site, text_of},
};
use guildhall::{store::MIGRATIONS, token::MAX_PERSONAL};
use sqlx::PgPool;

/// The path that revokes the newest token.
async fn revoke_path(pool: &PgPool) -> String {
    let id: i64 = sqlx::query_scalar("select max(id) from access_token")
        .fetch_one(pool)
        .await
        .unwrap();
    format!("{PATH}/{id}/revoke")
}

/// The tables in which a row contains this text, as text or as bytes.
async fn tables_with(pool: &PgPool, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar("select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1")
        .fetch_all(pool)
        .await
        .unwrap();
    assert!(tables.len() > 10);
    let mut found = Vec::new();
    for table in tables {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table} t where position($1 in t::text) > 0 or position(encode(convert_to($1, 'UTF8'), 'hex') in t::text) > 0"
        )))
        .bind(text)
        .fetch_one(pool)
        .await
        .unwrap();
        if rows > 0 {
            found.push(table);
        }
    }
    found
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_is_shown_once_and_only_its_hash_is_stored(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example/"]);
    let mut ada = Client::member(&site, "seller", "ada@example.com").await;
    ada.get("/account")
        .await
        .is(200)
        .says("Manage access tokens");
    let answer = make(&mut ada, "Build server", &["projects:read", "account:read"])
        .await
        .is(200)
        .says("Build server is ready. Copy it now: it will not be shown again.");
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = token_in(&answer.body).unwrap();
    let command = format!(
        "curl -H \"Authorization: Bearer {token}\" https://guildhall.example/api/v1/account"
    );
    assert!(
        text_of(&answer.body)
            .replace("&quot;", "\"")
            .contains(&command)
    );

    let caller = caller(&pool, &token).await.unwrap();
    assert_eq!(caller.viewer.name, "ada");
    assert_eq!(caller.scopes.to_string(), "projects:read account:read");

    let hint = &token[token.len() - 4..];
    for path in [PATH, "/account", "/dashboard"] {
        let page = ada.get(path).await.is(200);
        assert!(token_in(&page.body).is_none(), "{path}");
    }
    ada.get(PATH)
        .await
        .says("Build server …")
        .says(hint)
        .says("See your own projects, drafts included");
    assert_eq!(
        tables_with(&pool, "Build server").await,
        ["access_token"],
        "the query finds a stored name"
    );
    let random = token.trim_start_matches("guildhall_pat_");
    for text in [token.as_str(), random, &random[..30]] {
        assert!(tables_with(&pool, text).await.is_empty(), "{text}");
    }
    let events: Vec<String> =
        sqlx::query_scalar("select kind from outbox where kind like 'token%'")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(events, ["token.created"]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_example_requests_a_url_that_the_token_may_access(pool: PgPool) {
    let site = site(&pool, &["--addr", "127.0.0.1:4711"]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    make(&mut ada, "Bids", &["bids:write"])
        .await
        .is(200)
        .says("http://127.0.0.1:4711/api/v1/projects");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_twice_creates_one_token_and_says_so(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let key = ada.get(PATH).await.form_key();
    let fields = form(&key, "Laptop", &["bids:read"]);
    ada.post(PATH, &fields).await.is(200);
    let again = ada
        .post(PATH, &fields)
        .await
        .is(409)
        .says("Laptop was already created, and a token is shown only once.");
    assert!(token_in(&again.body).is_none());
    assert_ne!(again.form_key(), key, "the returned form has a new key");
    assert_eq!(count(&pool, "access_token").await, 1);
    // The same key with other contents is a different form: the user went back and changed it.
    ada.post(PATH, &form(&key, "Desktop", &["bids:read"]))
        .await
        .is(200);
    assert_eq!(count(&pool, "access_token").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_one_of_several_concurrent_clicks_creates_a_token(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let key = ada.get(PATH).await.form_key();
    let mut clicks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (mut ada, key) = (ada.clone(), key.clone());
        clicks.spawn(async move {
            let fields = form(&key, "Laptop", &["bids:read"]);
            ada.post(PATH, &fields).await.status.as_u16()
        });
    }
    let mut statuses = clicks.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
    assert_eq!(count(&pool, "access_token").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_form_keeps_the_input_and_creates_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", "ada@example.com").await;
    let key = ada.get(PATH).await.form_key();
    let empty = ada.post(PATH, &[("form_key", &key)]).await.is(422);
    for id in ["name-error", "scopes-error", "days-error"] {
        assert!(empty.body.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(empty.body.contains("<title>Error: Access tokens"));
    assert!(empty.body.contains("href=\"#scopes\"") && empty.body.contains("id=\"scopes\""));
    empty.says("What it may do: Choose at least one.");

    let fields = [
        ("form_key", key.as_str()),
        ("name", ""),
        ("scopes", "bids:read"),
        ("scopes", "account:read"),
        ("days", "90"),
    ];
    let refused = ada.post(PATH, &fields).await.is(422);
    let ticked: Vec<&str> = refused
        .body
        .split("<input")
        .filter(|input| input.contains("name=\"scopes\"") && input.contains(" checked"))
        .map(|input| {
            input
                .split("value=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(ticked, ["bids:read", "account:read"]);
    let chosen = refused
        .body
        .split("<option")
        .find(|option| option.contains(" selected"))
        .unwrap();
    assert!(chosen.contains("value=\"90\""), "{chosen}");

    let long = "x".repeat(81);
    let scope = &["bids:read"][..];
    for (name, scopes) in [
        (long.as_str(), scope),
        ("a\u{202e}b", scope),
        ("Laptop", &["bids:read", "admin"]),
    ] {
        ada.post(PATH, &form(&key, name, scopes)).await.is(422);
    }
    let without_key = &form("", "Laptop", scope)[..];
    ada.post(PATH, without_key)
        .await
        .is(409)
        .says("This page was out of date");
    assert_eq!(count(&pool, "access_token").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_role_is_offered_the_scopes_that_it_can_use_and_no_others(pool: PgPool) {
    let site = site(&pool, &[]);
    for (role, offered, other, why) in [
        (
            "seller",
            &[
                "projects:read",
                "projects:write",
                "bids:read",
                "account:read",
            ][..],
            "bids:write",
            "Sellers don't bid. Leave out bids:write.",
        ),
        (
            "buyer",
            &["bids:read", "bids:write", "account:read"],
            "projects:write",
            "Buyers don't post projects. Leave out projects:write.",
        ),
    ] {
        let mut member = Client::member(&site, role, &format!("{role}@example.com")).await;
        let page = member.get(PATH).await.is(200);
        let boxes = page.body.split("name=\"scopes\" value=\"").skip(1);
        let boxes: Vec<_> = boxes.map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(boxes, offered, "{role}");
        make(&mut member, "Laptop", &["account:read", other])
            .await
            .is(422)
            .says(why);
        let all = make(&mut member, "Laptop", offered).await.is(200);
        let token = token_in(&all.body).unwrap();
        let caller = caller(&pool, &token).await.unwrap();
        assert_eq!(caller.scopes.names(), offered);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_at_most_fifty_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    fill(&pool).await;
    let refused = make(&mut ada, "One more", &["bids:read"])
        .await
        .is(409)
        .says("You have 50 access tokens; revoke one first.");
    assert!(refused.body.contains("value=\"One more\""));
    assert_eq!(count(&pool, "access_token").await, MAX_PERSONAL);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_its_owner_sees_a_token_and_revokes_it(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", "ada@example.com").await;
    let mut eve = Client::member(&site, "seller", "eve@example.com").await;
    let response = make(&mut ada, "Laptop", &["projects:write"]).await.is(200);
    let token = token_in(&response.body).unwrap();
    let revoke = revoke_path(&pool).await;

    let page = eve.get(PATH).await.is(200);
    assert!(!page.body.contains("Laptop"));
    eve.post(&revoke, &[]).await.is(404);
    let mut nobody = Client::new(&site);
    for answer in [
        nobody.get(PATH).await,
        nobody.post(PATH, &form("", "x", &["bids:read"])).await,
        nobody.post(&revoke, &[]).await,
    ] {
        assert!(answer.is(303).location().starts_with("/sign-in"));
    }
    ada.post(&format!("{PATH}/999999999/revoke"), &[])
        .await
        .is(404);
    ada.post(&format!("{PATH}/0x1/revoke"), &[]).await.is(404);
    assert!(caller(&pool, &token).await.is_some());

    ada.get(PATH).await.says("Last used");
    assert_eq!(ada.post(&revoke, &[]).await.is(303).location(), PATH);
    let page = ada.get(PATH).await.is(200).says("The token is revoked");
    assert!(!page.body.contains("Laptop"));
    assert!(caller(&pool, &token).await.is_none());
    ada.post(&revoke, &[]).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_list_shows_the_last_use_and_drops_expired_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let response = make(&mut ada, "Laptop", &["bids:read"])
        .await
        .says("Last used never");
    let token = token_in(&response.body).unwrap();
    caller(&pool, &token).await.unwrap();
    let page = ada.get(PATH).await.is(200);
    assert!(!text_of(&page.body).contains("Last used never"));
    sqlx::query("update access_token set expires_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    assert!(caller(&pool, &token).await.is_none());
    let page = ada.get(PATH).await.is(200);
    assert!(!page.body.contains("Laptop"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_revoked_on_this_server_is_refused_by_it_at_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", "ada@example.com").await;
    let answer = make(&mut ada, "Build server", &["account:read"]).await;
    let token = token_in(&answer.body).unwrap();
    let mut program = Client::new(&site);
    program.headers = vec![("authorization", format!("Bearer {token}"))];
    // The second request uses the cached token.
    program.get("/api/v1/account").await.is(200);
    program.get("/api/v1/account").await.is(200);
    let revoke = revoke_path(&pool).await;
    ada.post(&revoke, &[]).await.is(303);
    program.get("/api/v1/account").await.is(401);
}
