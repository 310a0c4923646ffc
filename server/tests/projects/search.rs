//! The search box and the API's `q`: no text causes an error, and both give the same results.

use crate::support::{Client, site, text_of};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sqlx::PgPool;

/// Texts that once broke a search, or that break other search engines.
fn hostile_searches() -> Vec<String> {
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
        "＂－＂ －ａ ＂ｂ",
        "東京の店の看板",
        "\u{fdfa}",
        "the",
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
async fn no_search_text_causes_an_error(pool: PgPool) {
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
    for text in hostile_searches().into_iter().chain(made) {
        let q = encoded(&text);
        for path in [
            format!("/projects?q={q}"),
            format!("/api/v1/projects?q={q}"),
            format!("/api/v1/projects?q={q}&status=awarded&sort=-budget"),
        ] {
            let status = client.get(&path).await.status.as_u16();
            // 422 and 400 report a text that is too long or has invisible characters.
            if ![200, 400, 422].contains(&status) {
                wrong.push(format!("{status} for {text:?} at {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How many projects the page and the API find.
async fn count_found(client: &mut Client, text: &str) -> (usize, i64) {
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
async fn the_page_and_the_api_find_the_same_projects(pool: PgPool) {
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
            count_found(&mut client, text).await,
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

/// The page's text and the API's answer for a search.
async fn both(client: &mut Client, text: &str) -> (String, serde_json::Value) {
    let q = encoded(text);
    let page = client.get(&format!("/projects?q={q}")).await.is(200);
    let path = format!("/api/v1/projects?q={q}");
    let answer = client.send(Method::GET, &path, Body::empty(), None).await;
    let list = serde_json::from_str(&answer.is(200).body).unwrap();
    (text_of(&page.body), list)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_ignores_accents_and_case_and_finds_parts_in_scripts_without_spaces(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut client = Client::member(&site, "seller", "sam@example.com").await;
    for name in [
        "Clémentine façade",
        "Clementine balcony",
        "東京の店の看板",
        "간판을 만들어 주세요",
    ] {
        client.publish(&pool, name, 3600).await;
    }
    for (text, count) in [
        ("clementine facade", 1),
        ("CLÉMENTINE FAÇADE", 1),
        ("clémentine", 2),
        ("\"clementine facade\"", 1),
        ("-clementine", 2),
        ("看板", 1),
        ("店", 1),
        ("\"東京の店\" 看板", 1),
        ("京店", 0),
        ("간판", 1),
    ] {
        assert_eq!(
            count_found(&mut client, text).await,
            (count, count as i64),
            "{text}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn ignored_words_are_reported(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut client = Client::member(&site, "seller", "sam@example.com").await;
    client.publish(&pool, "A new bakery", 3600).await;

    let (page, list) = both(&mut client, r#""to be or not to be" bakery"#).await;
    assert!(
        page.contains(
            "Ignored, because almost every project contains them: “to”, “be”, “or”, “not”"
        ),
        "{page}"
    );
    assert!(page.contains("1 project") && page.contains("A new bakery"));
    assert_eq!(
        list["left_out"],
        serde_json::json!(["to", "be", "or", "not"])
    );
    assert_eq!(list["message"], "1 project. Ignored: to, be, or, not.");

    let (page, list) = both(&mut client, "the and").await;
    assert!(
        page.contains("Almost every project contains these words"),
        "{page}"
    );
    assert!(!page.contains("with all of these filters"), "{page}");
    assert_eq!(list["left_out"], serde_json::json!(["the", "and"]));
    assert_eq!(list["total"], 0);

    let numbers: Vec<String> = (1..=32).map(|n| n.to_string()).collect();
    let many = format!("{} -oak \"shop window\"", numbers.join(" "));
    let (page, list) = both(&mut client, &many).await;
    assert!(
        page.contains(
            "A search uses the first 32 words and phrases. Ignored: “oak”, “shop window”"
        ),
        "{page}"
    );
    assert_eq!(list["left_out"], serde_json::json!(["oak", "shop window"]));

    let (page, list) = both(&mut client, "bakery").await;
    assert!(!page.contains("Ignored"), "{page}");
    assert!(list.get("left_out").is_none());
    assert_eq!(list["is_total_exact"], true);

    let longer = "a".repeat(201);
    client.get(&format!("/projects?q={longer}")).await.is(422);
    let path = format!("/api/v1/projects?q={longer}");
    client
        .send(Method::GET, &path, Body::empty(), None)
        .await
        .is(400);
}

/// The path that the Link header gives for this relation.
fn link_path(answer: &crate::support::Answer, relation: &str) -> Option<String> {
    let links = answer.headers.get("link")?.to_str().ok()?;
    let link = links
        .split(", <")
        .find(|link| link.ends_with(&format!("rel=\"{relation}\"")))?;
    let address = link.trim_start_matches('<').split_once('>')?.0;
    address
        .split_once("/api/")
        .map(|(_, path)| format!("/api/{path}"))
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_inexact_total_is_reported_and_links_reach_every_match(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut client = Client::member(&site, "seller", "sam@example.com").await;
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline, published_at)
         select id, 'open', 'A shop window', '', '', 'trades', '{}', 'EUR', 1000, clock_timestamp() + interval '1 hour', clock_timestamp()
         from account cross join generate_series(1, 1500)",
    )
    .execute(&pool)
    .await
    .unwrap();
    client
        .get("/projects?q=window")
        .await
        .is(200)
        .says("At least 1000 projects");
    let mut path = "/api/v1/projects?q=window&per_page=100".to_owned();
    let mut ids = Vec::new();
    loop {
        let answer = client
            .send(Method::GET, &path, Body::empty(), None)
            .await
            .is(200);
        let list: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        if ids.is_empty() {
            assert_eq!(list["is_total_exact"], false);
            assert_eq!(list["message"], "At least 1000 projects.");
            assert!(link_path(&answer, "last").is_none());
        }
        ids.extend(
            list["projects"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| p["id"].as_i64().unwrap()),
        );
        match link_path(&answer, "next") {
            Some(next) => path = next,
            None => break,
        }
    }
    assert_eq!(ids, (1..=1500).collect::<Vec<_>>());
}
