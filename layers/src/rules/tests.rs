use super::*;

/// The violations of the real rules by a file with this text.
fn violations(file: &str, text: &str) -> Vec<String> {
    let problems = check(RULES, &[(file.to_owned(), text.to_owned())]);
    let about = |problem: &String| problem.starts_with(file);
    problems.into_iter().filter(about).collect()
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn pages_do_not_import_the_api() {
    assert_eq!(
        violations(
            "server/src/web/live.rs",
            "//! Streams\n\nuse crate::{\n    api::Who,\n    http,\n};"
        ),
        [
            "server/src/web/live.rs:4 uses crate::api::Who: pages and the API do not import each other; put what both need in server/src/state or server/src/http."
        ]
    );
    let relative = "use super::super::api::Who;";
    assert_eq!(violations("server/src/web/oauth/mod.rs", relative).len(), 1);
    let own = "use super::api_docs::show;";
    assert_eq!(violations("server/src/web/live.rs", own), none());
}

#[test]
fn the_api_does_not_import_pages() {
    let page = "fn of(visit: &crate::web::Visit) {}";
    assert_eq!(violations("server/src/api/call.rs", page).len(), 1);
    let shared = "use crate::state::Shared;";
    assert_eq!(violations("server/src/api/call.rs", shared), none());
}

#[test]
fn layers_below_the_handlers_do_not_import_them() {
    for text in [
        "use crate::web::Web;",
        "use crate::{api, http};",
        "use crate::App;",
        "crate::router::router(app)",
    ] {
        let problems = violations("server/src/state/shared.rs", text);
        assert_eq!(problems.len(), 1, "{text}");
    }
}

#[test]
fn handlers_do_not_import_what_assembles_them() {
    assert_eq!(
        violations("server/src/web/bid.rs", "use crate::App;").len(),
        1
    );
    let above = "crate::router::endpoints()";
    assert_eq!(violations("server/src/api/bid.rs", above).len(), 1);
}

#[test]
fn the_domain_uses_neither_http_nor_pages() {
    for text in [
        "use axum::Json;",
        "use http::Method;",
        "use some_crate::StatusCode;",
        "fn f() -> tower::BoxError {}",
        "use leptos::prelude::*;",
        "use app::pages::Page;",
    ] {
        let problems = violations("src/market/bid/verbs.rs", text);
        assert_eq!(problems.len(), 1, "{text}");
    }
}

#[test]
fn sql_belongs_in_stores_only() {
    let sql = "async fn f() { sqlx::query!(\"select 1\").execute(db).await }";
    for file in [
        "src/market/bid/verbs.rs",
        "app/src/writes/bid.rs",
        "server/src/web/bid.rs",
        "server/src/worker/sweep.rs",
    ] {
        assert!(!violations(file, sql).is_empty(), "{file}");
    }
    assert_eq!(violations("src/market/bid/store.rs", sql), none());
    assert_eq!(violations("src/programs/oauth/store/code.rs", sql), none());
    for text in ["use sqlx::query as ask;", "sqlx::raw_sql(\"select 1\")"] {
        let problems = violations("server/src/worker/sweep.rs", text);
        assert_eq!(problems.len(), 1, "{text}");
    }
}

#[test]
fn pages_and_islands_do_not_use_sqlx() {
    assert_eq!(
        violations("app/src/pages/home.rs", "use sqlx::PgPool;").len(),
        1
    );
}

#[test]
fn the_api_renders_no_pages() {
    let leptos = "use leptos::prelude::*;";
    assert_eq!(violations("server/src/api/bid.rs", leptos).len(), 1);
}

#[test]
fn an_unneeded_exception_is_an_error() {
    let rule = Rule {
        folders: &["src"],
        banned: &["axum"],
        because: "it is banned",
        spares_stores: false,
        except: &[("src/a.rs", "a reason")],
    };
    let clean = ("src/a.rs".to_owned(), "fn a() {}".to_owned());
    assert_eq!(
        check(&[rule], &[clean]),
        ["layers/src/rules.rs: src/a.rs no longer needs an exception (a reason); remove it."]
    );
}

#[test]
fn the_module_path_follows_from_the_file() {
    let module = |file| module_of(file).join("::");
    assert_eq!(module("server/src/web/oauth/mod.rs"), "web::oauth");
    assert_eq!(module("src/lib.rs"), "");
    assert_eq!(module("src/market/bid/rules.rs"), "market::bid::rules");
}
