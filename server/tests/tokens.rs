//! Personal access tokens: made and revoked on a page, made by the command, and the demo's.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use axum::Router;
use guildhall::{
    store::MIGRATIONS,
    token::{self, Caller, MOST_PERSONAL},
};
use server::seed;
use sqlx::{ConnectOptions, PgPool};
use std::process::Output;
use support::{Answer, Client, PASSWORD, count, site, text_of};

const PATH: &str = "/account/tokens";
const SELLER: &str = "office@brenner-holt.example";
const BUYER: &str = "marta.kowalczyk@studio.example";

/// The filled form, as a browser sends it.
fn form<'a>(key: &'a str, name: &'a str, scopes: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("form_key", key), ("name", name), ("days", "30")];
    fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
    fields
}

async fn make(client: &mut Client, name: &str, scopes: &[&str]) -> Answer {
    let key = client.get(PATH).await.is(200).form_key();
    client.post(PATH, &form(&key, name, scopes)).await
}

/// The token that a page or a program shows.
fn token_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("guildhall_pat_")?;
    let rest: String = after
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    Some(format!("guildhall_pat_{rest}"))
}

async fn caller(pool: &PgPool, token: &str) -> Option<Caller> {
    let hash = token::presented(token)?;
    let db = &mut *pool.acquire().await.unwrap();
    let known = token::authenticate(db, &hash).await.unwrap();
    known.map(|known| known.caller)
}

/// The path that revokes the newest token.
async fn revoke_path(pool: &PgPool) -> String {
    let id: i64 = sqlx::query_scalar("select max(id) from access_token")
        .fetch_one(pool)
        .await
        .unwrap();
    format!("{PATH}/{id}/revoke")
}

/// The tables in which a row has this text anywhere, plain or as bytes.
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
async fn a_token_is_shown_once_and_only_its_hash_is_kept(pool: PgPool) {
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
        .says("Build server … ")
        .says(hint)
        .says("See your own projects, drafts included");
    assert_eq!(
        tables_with(&pool, "Build server").await,
        ["access_token"],
        "what is looked for is found"
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
async fn the_example_asks_for_what_the_token_allows(pool: PgPool) {
    let site = site(&pool, &["--addr", "127.0.0.1:4711"]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    make(&mut ada, "Bids", &["bids:write"])
        .await
        .is(200)
        .says("http://127.0.0.1:4711/api/v1/projects");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_twice_makes_one_token_and_says_so(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let key = ada.get(PATH).await.form_key();
    let fields = form(&key, "Laptop", &["bids:read"]);
    ada.post(PATH, &fields).await.is(200);
    let again = ada
        .post(PATH, &fields)
        .await
        .is(409)
        .says("Laptop was made already, and a token is shown only once.");
    assert!(token_in(&again.body).is_none());
    assert_ne!(again.form_key(), key, "what is sent next is another form");
    assert_eq!(count(&pool, "access_token").await, 1);
    // The same key with other content is another form: somebody went back and changed it.
    ada.post(PATH, &form(&key, "Desktop", &["bids:read"]))
        .await
        .is(200);
    assert_eq!(count(&pool, "access_token").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_clicks_at_once_one_makes_a_token(pool: PgPool) {
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
async fn a_refused_form_keeps_what_was_typed_and_makes_nothing(pool: PgPool) {
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
async fn fifty_tokens_are_enough(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    sqlx::query("insert into access_token (hash, account_id, name, hint, scopes, expires_at)
                 select int8send(n), a.id, 'Token ' || n, 'abcd', '{bids:read}', clock_timestamp() + interval '1 day'
                 from account a, generate_series(1, $1) n")
        .bind(MOST_PERSONAL)
        .execute(&pool)
        .await
        .unwrap();
    let refused = make(&mut ada, "One more", &["bids:read"])
        .await
        .is(409)
        .says("You have 50 access tokens; revoke one first.");
    assert!(refused.body.contains("value=\"One more\""));
    assert_eq!(count(&pool, "access_token").await, MOST_PERSONAL);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_its_owner_sees_a_token_and_revokes_it(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", "ada@example.com").await;
    let mut eve = Client::member(&site, "seller", "eve@example.com").await;
    let made = make(&mut ada, "Laptop", &["projects:write"]).await.is(200);
    let token = token_in(&made.body).unwrap();
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
async fn the_list_says_when_a_token_was_used_and_forgets_it_when_it_expires(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let made = make(&mut ada, "Laptop", &["bids:read"])
        .await
        .says("Last used never used yet");
    let token = token_in(&made.body).unwrap();
    caller(&pool, &token).await.unwrap();
    let page = ada.get(PATH).await.is(200);
    assert!(!page.body.contains("never used yet"));
    sqlx::query("update access_token set expires_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    assert!(caller(&pool, &token).await.is_none());
    let page = ada.get(PATH).await.is(200);
    assert!(!page.body.contains("Laptop"));
}

/// Runs the built program on the test's database.
async fn guildhall(pool: &PgPool, arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(arguments)
        .env(
            "DATABASE_URL",
            pool.connect_options().to_url_lossy().as_str(),
        )
        .env_remove("RUST_LOG")
        .output()
        .await
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn member(site: &Router, email: &str) -> Client {
    Client::member(site, "buyer", email).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_command_prints_a_token_alone(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = member(&site, "ada@example.com").await;
    let output = guildhall(
        &pool,
        &[
            "token",
            "create",
            "--account",
            "ADA@example.com",
            "--scope",
            "bids:read,account:read",
            "--scope",
            "bids:write",
            "projects:read",
            "--name",
            "Nightly report",
            "--days",
            "7",
        ],
    )
    .await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert_eq!(printed, format!("{}\n", token_in(&printed).unwrap()));
    let caller = caller(&pool, printed.trim()).await.unwrap();
    assert_eq!(caller.viewer.name, "ada");
    assert_eq!(
        caller.scopes.to_string(),
        "projects:read bids:read bids:write account:read"
    );
    ada.get(PATH).await.says("Nightly report");
    let (days,): (f64,) = sqlx::query_as(
        "select (extract(epoch from expires_at - created_at) / 86400)::float8 from access_token",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!((days - 7.0).abs() < 0.001, "{days}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_command_says_in_a_sentence_what_is_wrong(pool: PgPool) {
    let site = site(&pool, &[]);
    member(&site, "ada@example.com").await;
    let create = async |arguments: &[&str]| {
        let arguments = [&["token", "create"], arguments].concat();
        let output = guildhall(&pool, &arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty());
        text(&output.stderr)
    };
    let ada = ["--account", "ada@example.com", "--scope", "bids:read"];
    let long = "x".repeat(81);
    for (arguments, words) in [
        (
            &["--account", "bob@example.com", "--scope", "bids:read"][..],
            "guildhall: no account has the e-mail address bob@example.com\n",
        ),
        (
            &["--account", "bob", "--scope", "bids:read"],
            "guildhall: --account: Enter an e-mail address such as name@example.com.\n",
        ),
        (
            &[&ada[..], &["--name", &long]].concat(),
            "guildhall: --name: Use at most 80 characters; this has 81.\n",
        ),
    ] {
        assert_eq!(create(arguments).await, words);
    }
    let unknown = create(&["--account", "ada@example.com", "--scope", "admin"]).await;
    for scope in token::Scope::ALL {
        assert!(unknown.contains(scope.name()), "{unknown}");
    }
    for days in ["0", "367", "soon"] {
        let refused = create(&[&ada[..], &["--days", days]].concat()).await;
        assert!(refused.contains("--days"), "{refused}");
    }
    assert!(create(&ada[..2]).await.contains("--scope"));
    assert!(create(&ada[2..]).await.contains("--account"));

    sqlx::query("insert into access_token (hash, account_id, name, hint, scopes, expires_at)
                 select int8send(n), a.id, 'Token', 'abcd', '{bids:read}', clock_timestamp() + interval '1 day'
                 from account a, generate_series(1, $1) n")
        .bind(MOST_PERSONAL)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(
        create(&ada).await,
        "guildhall: ada@example.com: You have 50 access tokens; revoke one first.\n"
    );
    assert_eq!(count(&pool, "access_token").await, MOST_PERSONAL);
}

#[sqlx::test(migrations = false)]
async fn the_command_asks_for_the_schema_where_there_is_none(pool: PgPool) {
    let arguments = "token create --account ada@example.com --scope bids:read";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = guildhall(&pool, &arguments).await;
    assert_eq!(
        text(&output.stderr),
        "guildhall: the database has no schema yet, or an old one; run `guildhall migrate` first\n"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_help_names_every_scope_and_what_it_allows(pool: PgPool) {
    let help = guildhall(&pool, &["token", "create", "--help"]).await;
    // Wrapped where a line ends.
    let help = text(&help.stdout);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for scope in token::Scope::ALL {
        assert!(
            help.contains(scope.name()) && help.contains(scope.words()),
            "{help}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_start_with_demo_data_mints_new_tokens_and_ends_those_before(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", SELLER).await;
    Client::member(&site, "buyer", BUYER).await;
    let own = make(&mut seller, "My own", &["bids:read"]).await.is(200);
    let own = token_in(&own.body).unwrap();

    let tokens = |said: &str| -> Vec<String> { said.lines().filter_map(token_in).collect() };
    let first = tokens(&seed::tokens(&pool).await.unwrap());
    let second = tokens(&seed::tokens(&pool).await.unwrap());
    assert_eq!((first.len(), second.len()), (2, 2));
    for token in &first {
        assert!(caller(&pool, token).await.is_none());
    }
    for (token, role) in second.iter().zip(["seller", "buyer"]) {
        let caller = caller(&pool, token).await.unwrap();
        assert_eq!(caller.viewer.role.name(), role);
        assert_eq!(caller.scopes, token::Scopes::all());
    }
    assert!(caller(&pool, &own).await.is_some(), "others stay");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_that_is_not_the_demos_gets_no_demo_token(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", SELLER).await;
    let change = [
        ("present_password", PASSWORD),
        ("new_password", "a brass weather vane"),
    ];
    seller.post("/account/password", &change).await.is(303);
    for _ in 0..7 {
        let said = seed::tokens(&pool).await.unwrap();
        assert_eq!(token_in(&said), None, "{said}");
        assert_eq!(said.matches("not the demo's").count(), 2, "{said}");
    }
    assert_eq!(count(&pool, "access_token").await, 0);
}
