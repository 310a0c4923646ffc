//! The pages of people who register programs, and of people who authorize them.

use crate::{
    fixture::{CALLBACK, Program, basic, caller, send},
    support::{Client, count, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const FORM: [(&str, &str); 4] = [
    ("name", "Ledger Sync"),
    ("kind", "confidential"),
    ("redirect_uris", CALLBACK),
    ("scopes", "projects:read"),
];

fn form_with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = FORM.to_vec();
    fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    [fields, changes.to_vec()].concat()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_secret_is_shown_once_and_a_repeated_form_registers_one_program(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let key = owner.get("/account/programs/new").await.is(200).form_key();
    let fields = form_with(&[("form_key", &key)]);
    let first = owner.post("/account/programs/new", &fields).await.is(200);
    assert!(first.body.contains("guildhall_cs_"));
    assert_eq!(first.header("cache-control"), "no-store");
    let second = owner.post("/account/programs/new", &fields).await.is(303);
    assert_eq!(count(&pool, "oauth_client").await, 1);
    let page = owner.get(second.location()).await.is(200);
    assert!(!page.body.contains("guildhall_cs_"));

    let path = format!("{}/secret", second.location());
    let renewal = [("form_key", &*page.form_key())];
    let renewed = owner.post(&path, &renewal).await.is(200);
    assert!(renewed.body.contains("guildhall_cs_"));
    assert_eq!(renewed.header("cache-control"), "no-store");
    assert_eq!(
        owner.post(&path, &renewal).await.is(303).location(),
        second.location()
    );
    let events: i64 = count(&pool, "outbox where kind = 'program.secret_renewed'").await;
    assert_eq!(events, 1);
    owner.post(&path, &[]).await.is(409);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_is_registered_only_with_safe_settings(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let many: String = (0..11)
        .map(|n| format!("https://a.example/{n}\n"))
        .collect();
    for (changes, id) in [
        (
            &[("redirect_uris", "http://app.example/callback")][..],
            "redirect_uris-error",
        ),
        (
            &[("redirect_uris", "http://localhost/callback")],
            "redirect_uris-error",
        ),
        (
            &[("redirect_uris", "https://app.example/#top")],
            "redirect_uris-error",
        ),
        (
            &[("redirect_uris", "javascript:alert(1)")],
            "redirect_uris-error",
        ),
        (&[("redirect_uris", &many)], "redirect_uris-error"),
        (&[("name", "x")], "name-error"),
        (&[("name", "Guild\u{202e}hall")], "name-error"),
        (&[("kind", "trusted")], "kind-error"),
        (&[("scopes", "admin")], "scopes-error"),
        (&[("scopes", "")], "scopes-error"),
    ] {
        let key = owner.get("/account/programs/new").await.is(200).form_key();
        let fields = [form_with(changes), vec![("form_key", &*key)]].concat();
        let answer = owner.post("/account/programs/new", &fields).await.is(422);
        assert!(answer.body.contains(&format!("id=\"{id}\"")), "{changes:?}");
        assert!(answer.body.contains("<title>Error: "));
    }
    let key = owner.get("/account/programs/new").await.is(200).form_key();
    let mut nothing = [form_with(&[]), vec![("form_key", &*key)]].concat();
    nothing.retain(|(name, _)| *name != "scopes");
    let answer = owner.post("/account/programs/new", &nothing).await.is(422);
    answer.says("Choose at least one");
    assert_eq!(count(&pool, "oauth_client").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_at_most_twenty_programs_even_with_concurrent_requests(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let mut forms = tokio::task::JoinSet::new();
    for n in 0..24 {
        let mut owner = owner.clone();
        forms.spawn(async move {
            let key = format!("00000000-0000-4000-8000-0000000000{n:02}");
            let fields = form_with(&[("form_key", &key), ("kind", "public")]);
            owner
                .post("/account/programs/new", &fields)
                .await
                .status
                .as_u16()
        });
    }
    let statuses = forms.join_all().await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        4,
        "{statuses:?}"
    );
    assert_eq!(count(&pool, "oauth_client").await, 20);
    let path: String =
        sqlx::query_scalar("select '/account/programs/' || max(id) || '/delete' from oauth_client")
            .fetch_one(&pool)
            .await
            .unwrap();
    owner.post(&path, &[]).await.is(303);
    Program::register(&mut owner, "public", CALLBACK).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_sees_or_changes_another_accounts_program(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let mut stranger = Client::member(&site, "seller", "eve@example.com").await;
    let program = Program::register(&mut owner, "confidential", CALLBACK).await;
    let key = stranger.get("/account/programs/new").await.form_key();
    stranger.get(&program.path).await.is(404);
    stranger.post(&program.path, &form_with(&[])).await.is(404);
    stranger
        .post(&format!("{}/secret", program.path), &[("form_key", &key)])
        .await
        .is(404);
    stranger
        .post(&format!("{}/delete", program.path), &[])
        .await
        .is(303);
    let own = [("grant_type", "client_credentials")];
    program.send(&site, "/oauth/token", &own).await.is(200);
    assert!(
        !stranger
            .get("/account/programs")
            .await
            .is(200)
            .body
            .contains("Ledger Sync")
    );
    // Only the user who authorized the program can revoke the grant.
    let tokens = program.allowed_by(&site, &mut stranger).await;
    stranger
        .get("/account/programs")
        .await
        .says("Ledger Sync")
        .says("Registered by ada");
    let revoke = format!("{}/revoke", program.path);
    owner.post(&revoke, &[]).await.is(303);
    assert!(caller(&pool, &tokens.access()).await.is_some());
    stranger.post(&revoke, &[]).await.is(303);
    assert!(caller(&pool, &tokens.access()).await.is_none());
    stranger
        .get("/account/programs")
        .await
        .says("No connected apps");
    for path in ["/account/programs", "/account/programs/new", &program.path] {
        Client::new(&site).get(path).await.is(303);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_changed_program_uses_only_its_new_redirect_uri(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut owner, "confidential", CALLBACK).await;
    let fields = form_with(&[
        ("name", "Other Name"),
        (
            "redirect_uris",
            "https://new.example/\n\n https://new.example/ ",
        ),
    ]);
    owner.post(&program.path, &fields).await.is(303);
    owner
        .get(&program.path)
        .await
        .is(200)
        .says("The app is changed.")
        .says("Other Name");
    owner
        .get(&program.authorization_path(&[("scope", "projects:read")]))
        .await
        .is(400);
    let new = [
        ("scope", "projects:read"),
        ("redirect_uri", "https://new.example/"),
    ];
    owner
        .get(&program.authorization_path(&new))
        .await
        .is(200)
        .says("Allow Other Name");
    owner
        .post(&program.path, &form_with(&[("name", "")]))
        .await
        .is(422)
        .says("Enter a name");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_stores_no_secret(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::with_device_flow(&mut person, "confidential", CALLBACK).await;
    let code = program.code_from(&mut person).await;
    let tokens = program.redeem(&site, &code).await.is(200);
    let fields = [("scope", "bids:read")];
    let device = program
        .send(&site, "/oauth/device_authorization", &fields)
        .await
        .is(200);
    let user_code = device.text("user_code");
    let secrets = [
        program.secret.clone().unwrap(),
        code,
        tokens.access(),
        tokens.refresh(),
        device.text("device_code"),
        user_code.replace('-', ""),
        user_code,
    ];
    for table in [
        "oauth_client",
        "oauth_grant",
        "oauth_code",
        "oauth_refresh_token",
        "oauth_device",
        "access_token",
        "outbox",
        "session",
        "receipt",
    ] {
        let sql =
            format!("select coalesce(string_agg(row_to_json(t)::text, ' '), '') from {table} t");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert!(table == "receipt" || !rows.is_empty(), "{table}");
        for secret in &secrets {
            assert!(!rows.contains(secret.as_str()), "{table} has {secret}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_change_records_an_event(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "confidential", CALLBACK).await;
    let tokens = program.allowed_by(&site, &mut person).await;
    program
        .send(&site, "/oauth/revoke", &[("token", &tokens.access())])
        .await
        .is(200);
    person.post(&program.path, &form_with(&[])).await.is(303);
    let key = person.get(&program.path).await.form_key();
    person
        .post(&format!("{}/secret", program.path), &[("form_key", &key)])
        .await
        .is(200);
    person
        .post(&format!("{}/revoke", program.path), &[])
        .await
        .is(303);
    person
        .post(&format!("{}/delete", program.path), &[])
        .await
        .is(303);
    let kinds: Vec<String> = sqlx::query_scalar("select kind from outbox order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        kinds,
        [
            "account.created",
            "program.registered",
            "grant.allowed",
            "token.created",
            "token.revoked",
            "program.changed",
            "program.secret_renewed",
            "grant.revoked",
            "program.deleted",
        ]
    );
    // The secret of a deleted program is invalid.
    let header = basic(&program.id, program.secret.as_deref().unwrap());
    let reply = send(
        &site,
        "/oauth/token",
        &[("grant_type", "client_credentials")],
        Some(&header),
    )
    .await;
    reply.denied("invalid_client");
}
