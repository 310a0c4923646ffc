//! What is typed into the search box, on the page and in the API: no text is an error, and both mean the same by it.

use crate::support::{Client, site};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sqlx::PgPool;

/// Texts that broke a search once, or break the searches of others.
fn known() -> Vec<String> {
    let repeated = [
        "-", "\"", "- ", "\"-", "!", "(", "or ", "or -", "-a", "'", "\\", ":*", "<->",
    ]
    .into_iter()
    .flat_map(|unit| [unit.repeat(32 / unit.len()), unit.repeat(200 / unit.len())]);
    [
        "a & b | !c",
        "a <-> b",
        "'",
        "''",
        "\\",
        "a\\",
        ":",
        "a:*A",
        "%",
        "_",
        "\"",
        "-\"",
        "\"\"",
        "-\"\"",
        "or",
        "-or",
        "\" or \"",
        "&amp;",
        "<b>",
        "<!--",
        "http://",
        "//",
        "@",
        "a@b",
        "1e400",
        "-1",
        "--1",
        "+",
        "C++ -C#",
        "\u{fffd}",
        "\u{301}\u{301}",
        "𐏿",
        "İstanbul",
        "ß",
        "ﬃ",
        "\u{1f1e9}\u{1f1ea}",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(repeated)
    .collect()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_text_that_is_searched_for_is_an_error(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut client = Client::member(&site, "seller", "sam@example.com").await;
    client.publish(&pool, "A new shop window", 3600).await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let text = prop_oneof![
        any::<String>().prop_map(|text| text.chars().take(200).collect()),
        r#"[-"'“”\\ :*&|!()<>@./+#aorOR]{1,200}"#,
        r#"(-|"|or |window |-window |"shop window" |[\PC]|  ){1,40}"#,
    ];
    let made = (0..300).map(|_| text.new_tree(&mut runner).unwrap().current());
    let mut wrong = Vec::new();
    for text in known().into_iter().chain(made) {
        let q = encoded(&text);
        for path in [
            format!("/projects?q={q}"),
            format!("/api/v1/projects?q={q}"),
            format!("/api/v1/projects?q={q}&status=awarded&sort=-budget"),
        ] {
            let status = client.get(&path).await.status.as_u16();
            // 422 and 400 say what is wrong with a text that is too long, or has characters that can't be seen.
            if ![200, 400, 422].contains(&status) {
                wrong.push(format!("{status} for {text:?} at {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How many projects the page and the API find.
async fn found(client: &mut Client, text: &str) -> (usize, i64) {
    let q = encoded(text);
    let page = client.get(&format!("/projects?q={q}")).await.is(200);
    let answer = client
        .send(
            Method::GET,
            &format!("/api/v1/projects?q={q}"),
            Body::empty(),
            None,
        )
        .await
        .is(200);
    let list: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let projects = list["projects"].as_array().unwrap().len();
    let total = list["total"].as_i64().unwrap();
    assert_eq!(i64::try_from(projects).unwrap(), total, "{text}");
    (page.body.matches("class=\"card-link\"").count(), total)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_page_and_the_api_find_the_same_by_the_same_words(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut client = Client::member(&site, "seller", "sam@example.com").await;
    for name in [
        "On-site repair of a shop window",
        "A C++ plugin for node.js",
        "Перевод книги, by sam@example.com",
    ] {
        client.publish(&pool, name, 3600).await;
    }
    for (text, count) in [
        (" ", 3),
        ("repair", 1),
        ("repairing windows", 1),
        ("\"shop window\"", 1),
        ("\"window shop\"", 0),
        ("“shop window”", 1),
        ("on-site", 1),
        ("site", 1),
        ("plugin or repair", 2),
        ("plugin OR -repair", 2),
        ("-repair", 2),
        ("bakery -\"shop window\"", 2),
        ("c++", 1),
        ("C#", 1),
        ("node.js", 1),
        ("книги", 1),
        ("sam@example.com", 1),
        ("plugin - repair", 0),
        ("plugin --repair", 0),
        (&"-".repeat(32), 0),
        ("???", 0),
        ("the", 0),
    ] {
        assert_eq!(
            found(&mut client, text).await,
            (count, count as i64),
            "{text}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_without_a_word_says_what_to_type(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::member(&site, "seller", "sam@example.com").await;
    client.publish(&pool, "A new shop window", 3600).await;
    client
        .get("/projects?q=%2D%2D%2D")
        .await
        .is(200)
        .says("Your search has no word in it")
        .says("Type a word such as");
    let nothing = client.get("/projects?q=unicorn").await.is(200);
    assert!(!nothing.body.contains("Your search has no word in it"));
}
