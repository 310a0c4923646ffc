//! Names and titles in right-to-left scripts, next to our own texts.

use crate::support::{Client, PASSWORD, deadline, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const SELLER: &str = "דוד כהן";
const BUYER: &str = "محمد علي";
const TITLE: &str = "שלט לחנות";
const SUMMARY: &str = "אותיות על זכוכית";
const SKILL: &str = "נגרות";
const TOKEN: &str = "חשבונות";
const PROGRAM: &str = "برنامج";
const ALL: [&str; 7] = [SELLER, BUYER, TITLE, SUMMARY, SKILL, TOKEN, PROGRAM];

async fn member(site: &axum::Router, role: &str, name: &str, email: &str) -> Client {
    let mut client = Client::new(site);
    let fields = [
        ("role", role),
        ("name", name),
        ("email", email),
        ("password", PASSWORD),
    ];
    client.post("/sign-up", &fields).await.is(303);
    client.sign_in(email, PASSWORD).await.is(303);
    client
}

/// Asserts that the direction of every user text on the page is isolated. Returns the number of texts.
fn assert_isolated(path: &str, html: &str) -> usize {
    let mut found = 0;
    for text in ALL {
        for (at, _) in html.match_indices(text) {
            found += 1;
            let before = &html[..at];
            let tag_at = before.rfind('<').unwrap();
            let tag = &before[tag_at..];
            let is_isolated = if tag.contains('>') {
                // Text must be in an element of its own, or isolated by characters in the page's title, which allows no
                // elements.
                tag.starts_with("<bdi")
                    || tag.contains("dir=\"auto\"")
                    || (tag.starts_with("<title") && before.ends_with('\u{2068}'))
                    || (tag.starts_with("<title") && before[tag_at..].contains('\u{2068}'))
            } else {
                // An attribute must belong to a field that takes its direction from its text, or must not be displayed.
                let whole = &html[tag_at..tag_at + html[tag_at..].find('>').unwrap()];
                whole.contains("dir=\"auto\"")
                    || whole.contains("type=\"hidden\"")
                    || whole.starts_with("<meta")
                    // An island's properties are displayed in elements of their own.
                    || whole.starts_with("<leptos-island")
            };
            let end = html[at..]
                .char_indices()
                .nth(60)
                .map_or(html.len(), |(n, _)| at + n);
            assert!(is_isolated, "{path}: {}", &html[tag_at..end]);
        }
    }
    found
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn right_to_left_names_and_titles_do_not_affect_the_text_around_them(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = member(&site, "seller", SELLER, "sam@example.com").await;
    let mut buyer = member(&site, "buyer", BUYER, "ada@example.com").await;
    let when = deadline(&pool, 3600).await;
    let mut paths = Vec::new();
    for intent in ["publish", "publish", "draft"] {
        let key = seller.get("/projects/new").await.is(200).form_key();
        let fields = [
            ("form_key", key.as_str()),
            ("name", TITLE),
            ("summary", SUMMARY),
            ("description", "**הכול** ביד."),
            ("category", "trades"),
            ("skills", SKILL),
            ("budget", "1000"),
            ("currency", "EUR"),
            ("deadline", when.as_str()),
            ("time_zone", "UTC"),
            ("intent", intent),
        ];
        paths.push(
            seller
                .post("/projects/new", &fields)
                .await
                .is(303)
                .location()
                .to_owned(),
        );
    }
    let [open, ended, draft] = &paths[..] else {
        panic!("expected three projects")
    };
    for path in [open, ended] {
        buyer.bid(path, "900").await.is(303);
    }
    let ended_id: i64 = ended.rsplit('/').next().unwrap().parse().unwrap();
    sqlx::query(
        "update project set deadline = clock_timestamp() - interval '1 second' where id = $1",
    )
    .bind(ended_id)
    .execute(&pool)
    .await
    .unwrap();
    let mut tx = pool.begin().await.unwrap();
    guildhall::award::close_due(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();

    let key = seller.get("/account/tokens").await.is(200).form_key();
    let token = [
        ("form_key", key.as_str()),
        ("name", TOKEN),
        ("scopes", "projects:read"),
        ("days", "30"),
    ];
    let response = seller.post("/account/tokens", &token).await;
    let key = seller.get("/account/programs/new").await.is(200).form_key();
    let program = [
        ("form_key", key.as_str()),
        ("name", PROGRAM),
        ("kind", "public"),
        ("redirect_uris", "https://program.example/back"),
        ("scopes", "projects:read"),
    ];
    let registered = seller.post("/account/programs/new", &program).await;
    let program_id: String = sqlx::query_scalar("select client_id from oauth_client")
        .fetch_one(&pool)
        .await
        .unwrap();
    let consent = format!(
        "/oauth/authorize?response_type=code&client_id={program_id}&redirect_uri=https%3A%2F%2Fprogram.example%2Fback&scope=projects%3Aread&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=x"
    );
    for answer in [response, registered] {
        assert_isolated("the page after a token or an app was created", &answer.body);
    }
    let result = format!("{ended}/result");
    let search = "/projects?q=%D7%A9%D7%9C%D7%98".to_owned();
    let fixed = [
        "/",
        "/projects",
        "/dashboard",
        "/account",
        "/account/tokens",
        "/account/programs",
        "/settings",
        "/how-it-works",
    ]
    .map(str::to_owned);
    let pages: Vec<String> = fixed
        .into_iter()
        .chain([
            open.clone(),
            ended.clone(),
            result,
            draft.clone(),
            search,
            consent,
        ])
        .collect();
    let mut anyone = Client::new(&site);
    for path in &pages {
        for (who, client) in [
            ("seller", &mut seller),
            ("buyer", &mut buyer),
            ("anyone", &mut anyone),
        ] {
            let answer = client.get(path).await;
            let found = assert_isolated(path, &answer.body);
            // Every page names the signed-in user at the top.
            let is_page = answer.status == 200 && who != "anyone";
            assert!(!is_page || found > 0, "{path} does not name the {who}");
        }
    }
    // The page of a refused form still has the project's texts.
    let refused = buyer.bid(open, "5000").await.is(422);
    assert!(assert_isolated(open, &refused.body) > 3);
}
