//! Posting and finding projects through the pages, and everything that is refused.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use support::{Answer, Client, count, deadline, site, text_of};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_project_form_names_each_field_and_keeps_what_was_typed(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let key = seller.get("/projects/new").await.form_key();
    let wrong = [
        ("form_key", key.as_str()),
        ("name", "N\u{202e}ame"),
        ("summary", ""),
        ("description", "</textarea><script>alert(1)</script>"),
        ("category", "magic"),
        ("skills", "a"),
        ("budget", "12.345"),
        ("currency", "JPY"),
        ("deadline", "soon"),
        ("time_zone", "Mars/Olympus"),
    ];
    let answer = seller.post("/projects/new", &wrong).await.is(422);
    for field in [
        "name",
        "summary",
        "category",
        "skills",
        "budget",
        "currency",
        "time_zone",
    ] {
        assert!(
            answer.body.contains(&format!("href=\"#{field}\"")),
            "{field} is not in the summary"
        );
    }
    assert!(
        answer.body.contains("value=\"12.345\"")
            && answer.body.contains("&lt;/textarea&gt;&lt;script&gt;")
    );
    assert!(!answer.body.contains("<script>alert"));

    for (when, words) in [
        ("2020-01-01T10:00".to_owned(), "has passed"),
        (deadline(&pool, 400 * 24 * 3600).await, "within a year"),
        ("2027-02-30T10:00".to_owned(), "date and time"),
        (String::new(), "Fill this in"),
    ] {
        let fields = [
            ("form_key", key.as_str()),
            ("name", "A new shop window"),
            ("summary", "Letters and a sign for a bakery"),
            ("description", "Two panes of glass, lettered by hand."),
            ("category", "trades"),
            ("budget", "800"),
            ("currency", "EUR"),
            ("deadline", &when),
            ("time_zone", "UTC"),
        ];
        let answer = seller
            .post("/projects/new", &fields)
            .await
            .is(422)
            .says(words);
        assert!(answer.body.contains("id=\"deadline-error\""), "{when}");
    }
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_is_previewed_saved_edited_published_and_nobody_elses(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut stranger = Client::member(&site, "seller", "eve@example.com").await;
    let key = seller.get("/projects/new").await.form_key();
    let deadline = deadline(&pool, 3600).await;
    let fields = |intent: &'static str, key: &str| {
        [
            ("form_key", key.to_owned()),
            ("name", "A new shop window".to_owned()),
            ("summary", "Letters and a sign for a bakery".to_owned()),
            (
                "description",
                "Two panes, **lettered** <b onclick=x>by hand</b>.".to_owned(),
            ),
            ("category", "trades".to_owned()),
            ("skills", String::new()),
            ("budget", "800".to_owned()),
            ("currency", "EUR".to_owned()),
            ("deadline", deadline.clone()),
            ("time_zone", "UTC".to_owned()),
            ("intent", intent.to_owned()),
        ]
    };
    fn borrowed<'a>(fields: &'a [(&'static str, String); 11]) -> Vec<(&'static str, &'a str)> {
        fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }
    let preview = seller
        .post("/projects/new", &borrowed(&fields("preview", &key)))
        .await
        .is(200);
    assert!(
        preview.body.contains("<strong>lettered</strong>") && !preview.body.contains("<b onclick")
    );
    assert_eq!(count(&pool, "project").await, 0);
    let draft = seller
        .post("/projects/new", &borrowed(&fields("draft", &key)))
        .await
        .is(303)
        .location()
        .to_owned();
    let project = draft.trim_end_matches("/edit").to_owned();
    assert_eq!(seller.get(&project).await.is(303).location(), draft);
    for path in [&project, &draft] {
        stranger.get(path).await.is(404);
        Client::new(&site).get(&project).await.is(404);
    }
    stranger
        .post(&draft, &borrowed(&fields("publish", &key)))
        .await
        .is(404);
    stranger
        .post(&format!("{project}/discard"), &[("form_key", &key)])
        .await
        .is(404);
    let stale = seller.get(&draft).await.is(200).form_key();
    let key = seller.get(&draft).await.form_key();
    seller
        .post(&draft, &borrowed(&fields("publish", &key)))
        .await
        .is(303);
    seller
        .post(&draft, &borrowed(&fields("draft", &stale)))
        .await
        .is(409)
        .says("no draft any more");
    // Strangers may be told for a moment more that there is nothing.
    while Client::new(&site).get(&project).await.status == 404 {}
    Client::new(&site).get(&project).await.is(200);
    assert_eq!(seller.get(&draft).await.is(303).location(), project);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_role_keeps_to_its_side(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut other = Client::member(&site, "seller", "eve@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    buyer.get("/projects/new").await.is(403);
    buyer.post("/projects/new", &[]).await.is(403);
    buyer.post(&format!("{path}/cancel"), &[]).await.is(403);
    seller
        .post(&format!("{path}/bids"), &[("amount", "5")])
        .await
        .is(403);
    other
        .post(&format!("{path}/bids"), &[("amount", "5")])
        .await
        .is(403);
    let key = seller.get(&path).await.form_key();
    other
        .post(&format!("{path}/cancel"), &[("form_key", &key)])
        .await
        .is(404);
    let mut anonymous = Client::new(&site);
    for path in ["/dashboard", "/projects/new", "/account"] {
        assert!(
            anonymous
                .get(path)
                .await
                .is(303)
                .location()
                .starts_with("/sign-in?next=/")
        );
    }
    anonymous
        .post(&format!("{path}/bids"), &[("amount", "5")])
        .await
        .is(303);
    assert_eq!(count(&pool, "bid").await, 0);
    seller
        .post(&format!("{path}/cancel"), &[("form_key", &key)])
        .await
        .is(303);
    seller.get(&path).await.is(200).says("ancelled");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_not_there_has_a_page_that_says_so(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    for path in [
        "/nothing",
        "/projects/999",
        "/projects/abc",
        "/projects/99999999999999999999",
        "/projects/1/result",
        "/projects/%F0%28",
        "/pkg/none.js",
    ] {
        let answer = client.get(path).await;
        assert!(
            [400, 404].contains(&answer.status.as_u16()),
            "{path}: {}",
            answer.status
        );
    }
    let page = client.get("/nothing").await.is(404);
    assert!(page.body.contains("<h1") && page.header("content-security-policy").contains("nonce-"));
    assert_eq!(client.post("/how-it-works", &[]).await.status, 405);
    let answer = client
        .send(
            Method::POST,
            "/sign-in",
            Body::from("x".repeat(600 * 1024)),
            Some("application/x-www-form-urlencoded"),
        )
        .await;
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("<h1"));
    let answer = client
        .send(
            Method::POST,
            "/sign-in",
            Body::from("{}"),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.status, 415);
    assert!(answer.body.contains("<h1"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_name_can_not_become_markup_anywhere(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let name = "</title><script>alert(1)</script>&amp;";
    let path = seller.publish(&pool, name, 3600).await;
    for page in [
        path.as_str(),
        "/projects",
        "/",
        "/dashboard",
        "/projects?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let answer = seller.get(page).await.is(200);
        assert!(!answer.body.contains("<script>alert"), "{page}");
    }
    assert!(
        seller
            .get(&path)
            .await
            .body
            .contains("<title>&lt;/title&gt;")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_list_is_searched_filtered_and_paged_by_its_address(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    for n in 0..22 {
        seller
            .publish(&pool, &format!("Bakery window number {n}"), 3600 + n)
            .await;
    }
    let path = seller
        .publish(&pool, "Translating a zebra handbook", 7200)
        .await;
    sqlx::query("update project set category = 'translation', budget_minor = 500000 where name like '%zebra%'").execute(&pool).await.unwrap();
    let mut client = Client::new(&site);
    let links = |answer: Answer| answer.body.matches("class=\"card-link\"").count();
    assert_eq!(links(client.get("/projects").await.is(200)), 20);
    assert_eq!(links(client.get("/projects?page=2").await.is(200)), 3);
    assert_eq!(links(client.get("/projects?page=99").await.is(200)), 3);
    for query in [
        "q=zebras",
        "category=translation",
        "budget_from=4000",
        "q=zebra+-window&sort=newest&currency=EUR",
        "q=translate+handbook",
    ] {
        let answer = client.get(&format!("/projects?{query}")).await.is(200);
        assert!(answer.body.contains(&format!("href=\"{path}\"")), "{query}");
        assert_eq!(links(answer), 1, "{query}");
    }
    assert_eq!(links(client.get("/projects?q=unicorn").await.is(200)), 0);
    let answer = client
        .get("/projects?budget_from=cheap&category=magic")
        .await
        .is(422);
    assert!(
        answer.body.contains("id=\"budget_from-error\"")
            && text_of(&answer.body).contains("in digits")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn moments_are_shown_in_the_visitors_zone(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    sqlx::query("update project set deadline = '2027-01-31 16:00:00Z'")
        .execute(&pool)
        .await
        .unwrap();
    let mut client = Client::new(&site);
    client
        .get(&path)
        .await
        .is(200)
        .says("Sun 31 Jan 2027, 16:00 UTC");
    client
        .post("/settings/time-zone", &[("time_zone", "Europe/Berlin")])
        .await
        .is(303);
    client
        .get(&path)
        .await
        .is(200)
        .says("Sun 31 Jan 2027, 17:00 CET");
    client
        .post("/settings/time-zone", &[("time_zone", "Mars/Olympus")])
        .await
        .is(422)
        .says("time zone from the list");
    client
        .post(
            "/settings/theme",
            &[("theme", "dark"), ("back", "/projects?q=x")],
        )
        .await
        .is(303);
    assert!(
        client
            .get("/")
            .await
            .body
            .contains("data-theme=\"guildhall-dark\"")
    );
    assert_eq!(
        client
            .post(
                "/settings/theme",
                &[("theme", "dark"), ("back", "//evil.example")]
            )
            .await
            .location(),
        "/settings"
    );
}

/// The nonce of a page's policy, which its script has too.
fn nonce(page: &Answer) -> &str {
    let policy = page.header("content-security-policy");
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")));
    nonce
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_is_made_once_for_all_without_a_session_and_anew_when_it_shows_something_else(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "Paint the fence", 3600).await;
    let mut stranger = Client::new(&site);
    let mut shared = String::new();
    loop {
        let page = stranger.get(&path).await.is(200);
        if nonce(&page) == shared {
            break;
        }
        nonce(&page).clone_into(&mut shared);
    }
    let mut in_the_dark = Client::new(&site);
    in_the_dark
        .headers
        .push(("cookie", "theme=dark".to_owned()));
    let dark = in_the_dark.get(&path).await.is(200);
    assert!(dark.body.contains("data-theme=\"guildhall-dark\""));
    let mut in_bern = Client::new(&site);
    in_bern
        .headers
        .push(("cookie", "time_zone=Europe/Zurich".to_owned()));
    let bern = in_bern.get(&path).await.is(200);
    assert!(bern.body.contains("CET") || bern.body.contains("CEST"));
    let page = stranger.get(&path).await.is(200);
    assert!(!page.body.contains("data-theme") && !page.body.contains("CET"));
    let own = buyer.get(&path).await.is(200).says("Place bid");
    assert_ne!(nonce(&own), nonce(&buyer.get(&path).await));
    stranger.get(&path).await.is(200);

    buyer.bid(&path, "123.45").await.is(303);
    while !stranger.get(&path).await.is(200).body.contains("123.45") {}
}
