//! A project's form: invalid, saved as a draft, and published.

use crate::support::{Client, count, deadline, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_project_form_reports_each_field_and_keeps_the_input(pool: PgPool) {
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
        (
            deadline(&pool, 400 * 24 * 3600).await,
            "within the next year",
        ),
        ("2027-02-30T10:00".to_owned(), "date and time"),
        (String::new(), "Enter a date and time."),
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
async fn a_draft_is_private_and_can_be_previewed_saved_edited_and_published(pool: PgPool) {
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
    fn as_refs<'a>(fields: &'a [(&'static str, String); 11]) -> Vec<(&'static str, &'a str)> {
        fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }
    let preview = seller
        .post("/projects/new", &as_refs(&fields("preview", &key)))
        .await
        .is(200);
    assert!(
        preview.body.contains("<strong>lettered</strong>") && !preview.body.contains("<b onclick")
    );
    assert_eq!(count(&pool, "project").await, 0);
    let draft = seller
        .post("/projects/new", &as_refs(&fields("draft", &key)))
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
        .post(&draft, &as_refs(&fields("publish", &key)))
        .await
        .is(404);
    stranger
        .post(&format!("{project}/discard"), &[("form_key", &key)])
        .await
        .is(404);
    let stale = seller.get(&draft).await.is(200).form_key();
    let key = seller.get(&draft).await.form_key();
    seller
        .post(&draft, &as_refs(&fields("publish", &key)))
        .await
        .is(303);
    seller
        .post(&draft, &as_refs(&fields("draft", &stale)))
        .await
        .is(409)
        .says("no longer a draft");
    // For a moment, strangers may still get the cached 404.
    while Client::new(&site).get(&project).await.status == 404 {}
    Client::new(&site).get(&project).await.is(200);
    assert_eq!(seller.get(&draft).await.is(303).location(), project);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_processed_by_the_previous_version_is_returned_for_review(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let key = seller.get("/projects/new").await.form_key();
    sqlx::query(
        "insert into submission (account_id, key, content_hash, location) values (1, $1::uuid, 'x', '/projects/1/edit')",
    )
    .bind(&key)
    .execute(&pool)
    .await
    .unwrap();
    let mut fields = [
        ("form_key", key.as_str()),
        ("name", "A new shop window"),
        ("category", "trades"),
        ("currency", "EUR"),
        ("time_zone", "UTC"),
        ("intent", "draft"),
    ];
    let answer = seller.post("/projects/new", &fields).await.is(409);
    let answer = answer.says("out of date");
    assert!(answer.body.contains("value=\"A new shop window\""));
    assert_eq!(count(&pool, "project").await, 0);
    // After checking it, the user submits the returned form, which has a new key.
    let key = answer.form_key();
    fields[0].1 = &key;
    seller.post("/projects/new", &fields).await.is(303);
    assert_eq!(count(&pool, "project").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_category_must_be_chosen_before_the_project_is_published(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let deadline = deadline(&pool, 3600).await;
    let new = seller.get("/projects/new").await.is(200);
    let fields = |key: &str, category: &str, intent: &str| {
        [
            ("form_key", key),
            ("name", "A new shop window"),
            ("summary", "Letters and a sign for a bakery"),
            ("description", "Two panes, lettered by hand."),
            ("category", category),
            ("budget", "800"),
            ("currency", "EUR"),
            ("deadline", &deadline),
            ("time_zone", "UTC"),
            ("intent", intent),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let mut opened = seller.clone();
    let mut send = async |path: &str, page: &str, category: &str, intent: &str| {
        let typed = fields(page, category, intent);
        let typed: Vec<_> = typed.iter().map(|(n, v)| (*n, v.as_str())).collect();
        seller.post(path, &typed).await
    };
    let chosen = |body: &str| {
        let (_, select) = body.split_once("id=\"category\"").unwrap();
        let (select, _) = select.split_once("</select>").unwrap();
        select.contains(" selected")
    };
    assert!(!chosen(&new.body), "nothing is chosen for the seller");
    let refused = send("/projects/new", &new.form_key(), "", "publish").await;
    let refused = refused.is(422).says("Choose a category.");
    assert!(refused.body.contains("href=\"#category\""));
    let saved = send("/projects/new", &refused.form_key(), "", "draft").await;
    let draft = saved.is(303).location().to_owned();
    let edit = opened.get(&draft).await.is(200);
    let edit = send(&draft, &edit.form_key(), "", "publish").await;
    let edit = edit.is(422).says("Choose a category.");
    assert!(!chosen(&edit.body));
    let published = send(&draft, &edit.form_key(), "trades", "publish").await;
    let project = published.is(303).location().to_owned();
    let page = Client::new(&site).get(&project).await.is(200);
    page.says("Crafts & on-site work");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_enter_key_saves_a_draft(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get("/projects/new").await.is(200);
    let (_, form) = page.body.split_once("action=\"/projects/new\"").unwrap();
    // The Enter key presses a form's first submit button (WHATWG HTML, 4.10.21.2).
    let (_, first) = form.split_once("<button").unwrap();
    let (first, _) = first.split_once('>').unwrap();
    for attribute in ["type=\"submit\"", "name=\"intent\"", "value=\"draft\""] {
        assert!(first.contains(attribute), "{first}");
    }
}
