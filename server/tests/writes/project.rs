//! Saving drafts, and publishing and cancelling projects.

use crate::{
    key, refusal, set_disk,
    support::{Answer, Client, PASSWORD, count, deadline, site, site_of},
    wrong_fields,
};
use guildhall::{disk::Level, store::MIGRATIONS};
use serde_json::{Value, json};
use sqlx::PgPool;

const NEW: &str = "/projects/new";

/// The fields of a completed project form, as an island holds them.
async fn fields(pool: &PgPool) -> Value {
    json!({
        "name": "A new shop window",
        "summary": "Letters and a sign",
        "description": "Two panes, **lettered** by hand.",
        "category": "trades",
        "skills": "gilding",
        "budget": "1000",
        "currency": "EUR",
        "deadline": deadline(pool, 3600).await,
        "deadline_hour": "",
        "deadline_shown": "",
        "time_zone": "UTC",
    })
}

fn fields_with(fields: &Value, name: &str, text: &str) -> Value {
    let mut fields = fields.clone();
    fields[name] = text.into();
    fields
}

/// Calls the function with these fields; `draft` is a draft's id or null.
async fn call(
    seller: &mut Client,
    function: &str,
    draft: &Value,
    fields: &Value,
    key: &str,
) -> Answer {
    let arguments = json!({ "draft": draft, "fields": fields, "form_key": key });
    seller.call(function, &arguments).await
}

/// Submits the same fields to this path as a form, as a browser does.
async fn post(seller: &mut Client, path: &str, intent: &str, fields: &Value, key: &str) -> Answer {
    let mut sent = vec![("form_key", key), ("intent", intent)];
    let fields = fields.as_object().unwrap();
    sent.extend(
        fields
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str().unwrap())),
    );
    seller.post(path, &sent).await
}

fn location(answer: &Answer) -> String {
    let done: Value = serde_json::from_str(&answer.body).unwrap();
    done["location"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_published_once_however_its_form_is_sent(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let (first, second) = (key(), key());
    let fields = fields(&pool).await;
    let no_draft = Value::Null;
    let answer = call(&mut seller, "publish-project", &no_draft, &fields, &first).await;
    let published = location(&answer.is(200));
    seller
        .get(&published)
        .await
        .is(200)
        .says("The project is published and takes bids.");
    let again = post(&mut seller, NEW, "publish", &fields, &first)
        .await
        .is(303);
    assert_eq!(again.location(), published);
    assert_eq!(count(&pool, "project").await, 1);

    let by_form = post(&mut seller, NEW, "publish", &fields, &second)
        .await
        .is(303);
    let again = call(&mut seller, "publish-project", &no_draft, &fields, &second).await;
    assert_eq!(location(&again.is(200)), by_form.location());
    assert_eq!(count(&pool, "project").await, 2);
    let other = fields_with(&fields, "budget", "1001");
    let other = call(&mut seller, "publish-project", &no_draft, &other, &second).await;
    let (kind, text) = refusal(&other.is(409));
    assert_eq!(kind, "conflict");
    assert!(
        text.starts_with("You have already sent this form"),
        "{text}"
    );
    assert_eq!(count(&pool, "project").await, 2);
    let held: i64 =
        sqlx::query_scalar("select max(round(used)::bigint) from quota where kind = 'project'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(held, 2, "a repeated request does not count");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_is_saved_changed_published_and_discarded_with_and_without_javascript(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let fields = fields(&pool).await;
    let (first, second, third) = (key(), key(), key());
    let no_draft = Value::Null;
    let answer = call(&mut seller, "save-draft", &no_draft, &fields, &first).await;
    let page = location(&answer.is(200));
    let again = post(&mut seller, NEW, "draft", &fields, &first)
        .await
        .is(303);
    assert_eq!(again.location(), page);
    assert_eq!(count(&pool, "project").await, 1);
    let draft: Value = page
        .split('/')
        .nth(2)
        .unwrap()
        .parse::<i64>()
        .unwrap()
        .into();

    let shorter = fields_with(&fields, "name", "A window");
    call(&mut seller, "save-draft", &draft, &shorter, &second)
        .await
        .is(200);
    // Another version is saved in between, from a page without a version, so the repeated request is saved again: the
    // last one wins. `draft.rs` has the forms of pages that know theirs.
    post(&mut seller, &page, "draft", &fields, &third)
        .await
        .is(303);
    call(&mut seller, "save-draft", &draft, &shorter, &second)
        .await
        .is(200);
    assert_eq!(count(&pool, "project where name = 'A window'").await, 1);

    post(&mut seller, &page, "publish", &fields, &third)
        .await
        .is(303);
    let again = call(&mut seller, "publish-project", &draft, &fields, &third).await;
    assert_eq!(location(&again.is(200)), format!("/projects/{draft}"));
    assert_eq!(
        count(&pool, "outbox where kind = 'project.published'").await,
        1
    );
    let late = call(&mut seller, "save-draft", &draft, &fields, &key())
        .await
        .is(409);
    assert!(refusal(&late).1.contains("no longer a draft"));

    let third = key();
    let answer = call(&mut seller, "save-draft", &no_draft, &fields, &third).await;
    let page = location(&answer.is(200));
    let draft = page.split('/').nth(2).unwrap().parse::<i64>().unwrap();
    let arguments = json!({ "draft": draft, "form_key": third });
    let answer = seller.call("discard-draft", &arguments).await.is(200);
    assert_eq!(location(&answer), "/dashboard");
    let path = format!("/projects/{draft}/discard");
    seller.post(&path, &[("form_key", &third)]).await.is(303);
    assert_eq!(
        count(&pool, "outbox where kind = 'project.draft_discarded'").await,
        1
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_cancelled_once_however_its_form_is_sent(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let fields = fields(&pool).await;
    let key = key();
    let publish = async || {
        let answer = call(
            &mut seller.clone(),
            "publish-project",
            &Value::Null,
            &fields,
            &crate::key(),
        )
        .await;
        location(&answer.is(200))
    };
    let (taken, path) = (publish().await, publish().await);
    let project = |path: &str| path.rsplit('/').next().unwrap().parse::<i64>().unwrap();
    let arguments = json!({ "project": project(&path), "form_key": key });
    seller.call("cancel-project", &arguments).await.is(200);
    seller
        .post(&format!("{path}/cancel"), &[("form_key", &key)])
        .await
        .is(303);
    assert_eq!(
        count(&pool, "outbox where kind = 'project.cancelled'").await,
        1
    );

    buyer.bid(&taken, "700").await.is(303);
    let arguments = json!({ "project": project(&taken), "form_key": key });
    let answer = seller.call("cancel-project", &arguments).await.is(409);
    assert_eq!(refusal(&answer).0, "conflict");
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("delete from bid").execute(&pool).await.unwrap();
    let arguments = json!({ "project": project(&taken), "form_key": crate::key() });
    let answer = seller.call("cancel-project", &arguments).await;
    assert!(
        matches!(answer.status.as_u16(), 405 | 409),
        "{}",
        answer.body
    );
    assert_eq!(count(&pool, "project where state = 'cancelled'").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_project_is_not_stored_and_the_answer_says_why(pool: PgPool) {
    let (app, site) = site_of(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let fields = fields(&pool).await;
    let no_draft = Value::Null;
    for function in ["save-draft", "publish-project"] {
        let mut stranger = Client::new(&site);
        let answer = call(&mut stranger, function, &no_draft, &fields, &key()).await;
        assert_eq!(refusal(&answer.is(401)).0, "sign_in_required");
        let answer = call(&mut buyer, function, &no_draft, &fields, &key()).await;
        assert_eq!(refusal(&answer.is(403)).0, "not_allowed");
        let answer = call(&mut seller, function, &json!(999), &fields, &key()).await;
        assert_eq!(refusal(&answer.is(404)).0, "not_found");
        let answer = call(&mut seller, function, &no_draft, &fields, "no key").await;
        assert_eq!(refusal(&answer.is(409)).0, "conflict");
        let wrong = json!({ "name": "N\u{202e}ame", "summary": "s\u{0}", "description": "\u{0}d", "category": "magic", "skills": "a",
            "budget": "12.345", "currency": "JPY", "deadline": "soon", "deadline_hour": "third", "deadline_shown": "then",
            "time_zone": "Mars/Olympus" });
        let answer = call(&mut seller, function, &no_draft, &wrong, &key()).await;
        assert_eq!(
            wrong_fields(&answer.is(422)),
            [
                "name",
                "summary",
                "description",
                "category",
                "skills",
                "currency",
                "budget",
                "time_zone"
            ]
        );
        let mut older = fields.clone();
        older.as_object_mut().unwrap().remove("deadline_hour");
        let answer = call(&mut seller, function, &no_draft, &older, &key()).await;
        assert_eq!(refusal(&answer.is(400)).0, "outdated");

        set_disk(&app.disk, Level::Low);
        let answer = call(&mut seller, function, &no_draft, &fields, &key())
            .await
            .is(503);
        assert_eq!(answer.header("retry-after"), "60");
        answer.says("so projects and drafts can't be stored");
        set_disk(&app.disk, Level::Plenty);
    }
    assert_eq!(count(&pool, "project").await, 0);

    for (function, kind, words) in [
        ("save-draft", "draft", "may save 100 drafts a day"),
        (
            "publish-project",
            "project",
            "may publish 100 projects a day",
        ),
    ] {
        call(&mut seller, function, &no_draft, &fields, &key())
            .await
            .is(200);
        sqlx::query("update quota set used = 500, at = clock_timestamp() where kind = $1")
            .bind(kind)
            .execute(&pool)
            .await
            .unwrap();
        let answer = call(&mut seller, function, &no_draft, &fields, &key())
            .await
            .is(429);
        assert!(!answer.header("retry-after").is_empty());
        answer.says(words);
    }
    assert_eq!(count(&pool, "project").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_description_has_the_same_preview_with_and_without_javascript_and_is_not_stored(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let text = "Two panes, **lettered** <b onclick=x>by hand</b>.";
    let preview = json!({ "description": text });
    let answer = seller.call("preview-description", &preview).await.is(200);
    let html: String = serde_json::from_str(&answer.body).unwrap();
    assert!(html.contains("<strong>lettered</strong>") && !html.contains("<b onclick"));
    let fields = fields_with(&fields(&pool).await, "description", text);
    let page = post(&mut seller, NEW, "preview", &fields, &key())
        .await
        .is(200);
    assert!(page.body.contains(html.trim()));

    let answer = buyer.call("preview-description", &preview).await.is(403);
    assert_eq!(refusal(&answer).0, "not_allowed");
    let long = json!({ "description": "d".repeat(20_001) });
    let answer = seller.call("preview-description", &long).await.is(422);
    assert_eq!(wrong_fields(&answer), ["description"]);
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_saved_form_is_deleted_when_a_server_function_stores_its_project(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let fields = fields(&pool).await;
    let mut draft = Value::Null;
    for (page, function) in [(NEW, "save-draft"), ("/projects/1/edit", "publish-project")] {
        let own = [
            ("form_of", "1"),
            ("form_page", page),
            ("name", "A new shop window"),
        ];
        sqlx::query("delete from session")
            .execute(&pool)
            .await
            .unwrap();
        seller.post(page, &own).await.is(303);
        seller.sign_in("sam@example.com", PASSWORD).await.is(303);
        let shown = seller.get(page).await.is(200);
        shown.says("Your text is below: check it and send it again.");
        call(&mut seller, function, &draft, &fields, &key())
            .await
            .is(200);
        assert_eq!(count(&pool, "saved_form").await, 0);
        draft = json!(1);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn another_place_is_another_project_and_an_empty_one_is_none(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let no_draft = Value::Null;
    let fields = fields(&pool).await;
    let (open, remote) = (key(), key());
    for (place, key) in [
        (None, &open),
        (Some(""), &open),
        (Some("remote"), &remote),
        (Some("remote"), &remote),
    ] {
        let fields = place.map_or_else(
            || fields.clone(),
            |place| fields_with(&fields, "work_place", place),
        );
        call(&mut seller, "publish-project", &no_draft, &fields, key)
            .await
            .is(200);
        post(&mut seller, NEW, "publish", &fields, key)
            .await
            .is(303);
    }
    assert_eq!(count(&pool, "project where work_place is null").await, 1);
    assert_eq!(count(&pool, "project where work_place = 'remote'").await, 1);
}
