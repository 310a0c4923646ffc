//! Tokens created by the command `guildhall token create`.

use crate::{
    fixture::{PATH, caller, fill, token_in},
    support::{Client, count, remove_schema, site},
};
use axum::Router;
use guildhall::{
    store::MIGRATIONS,
    token::{self, MAX_PERSONAL},
};
use sqlx::{ConnectOptions, PgPool};
use std::process::Output;

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
async fn the_command_prints_only_the_token(pool: PgPool) {
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
        "bids:read bids:write account:read"
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
async fn the_command_reports_an_error_in_one_sentence(pool: PgPool) {
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
    for (arguments, message) in [
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
        (
            &[&ada[..], &["projects:read"]].concat(),
            "guildhall: --scope: Buyers don't post projects. Leave out projects:read.\n",
        ),
    ] {
        assert_eq!(create(arguments).await, message);
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

    fill(&pool).await;
    assert_eq!(
        create(&ada).await,
        "guildhall: ada@example.com: You have 50 access tokens; revoke one first.\n"
    );
    assert_eq!(count(&pool, "access_token").await, MAX_PERSONAL);
}

#[sqlx::test(migrations = false)]
async fn the_command_reports_a_missing_schema(pool: PgPool) {
    remove_schema(&pool).await;
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
    // The help is wrapped, so a text may continue on the next line.
    let help = text(&help.stdout);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for scope in token::Scope::ALL {
        assert!(
            help.contains(scope.name()) && help.contains(scope.description()),
            "{help}"
        );
    }
}
