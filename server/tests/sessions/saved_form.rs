//! Forms submitted after the session has ended.

use crate::support::{Answer, Client, PASSWORD, count, deadline, site, text_of};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const ADA: &str = "ada@example.com";
const SHOWN_AGAIN: &str = "Your text is below: check it and send it again.";

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, after) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("the page has no hidden {name}"));
    after.split('"').next().unwrap_or_default().to_owned()
}

/// The hidden fields with a form's key, account and page.
fn hidden_fields(page: &str) -> Vec<(&'static str, String)> {
    ["form_key", "form_of", "form_page"]
        .map(|name| (name, hidden(page, name)))
        .to_vec()
}

async fn send(client: &mut Client, path: &str, fields: &[(&'static str, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    client.post(path, &fields).await
}

/// A project as Ada typed it, on a page loaded while she was signed in.
async fn typed_project(ada: &mut Client, pool: &PgPool) -> Vec<(&'static str, String)> {
    let page = ada.get("/projects/new").await.is(200).body;
    let mut fields = hidden_fields(&page);
    fields.extend([
        ("name", "A new shop window".to_owned()),
        ("summary", "Letters for a bakery".to_owned()),
        ("description", "An hour of typing.".to_owned()),
        ("category", "trades".to_owned()),
        ("budget", "1000".to_owned()),
        ("currency", "EUR".to_owned()),
        ("deadline", deadline(pool, 3600).await),
        ("time_zone", "UTC".to_owned()),
        ("intent", "publish".to_owned()),
    ]);
    fields
}

async fn end_sessions(pool: &PgPool) {
    sqlx::query("delete from session")
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_after_the_session_ended_is_restored_after_sign_in(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", ADA).await;
    let fields = typed_project(&mut ada, &pool).await;
    end_sessions(&pool).await;
    let led = send(&mut ada, "/projects/new", &fields).await.is(303);
    assert_eq!(led.location(), "/sign-in?next=/projects/new");
    assert_eq!(count(&pool, "project").await, 0);
    let fields = [
        ("email", ADA),
        ("password", PASSWORD),
        ("next", "/projects/new"),
    ];
    let signed_in = ada.post("/sign-in", &fields).await.is(303);
    assert_eq!(signed_in.location(), "/projects/new");
    // The form is shown on every load of the page until it is submitted.
    for _ in 0..2 {
        let page = ada.get("/projects/new").await.is(200).says(SHOWN_AGAIN);
        for text in ["A new shop window", "An hour of typing.", "1000"] {
            assert!(page.body.contains(text), "{text} is lost");
        }
    }
    // Submitting another form does not delete the saved one; submitting the same form does.
    let zone = [("time_zone", "UTC"), ("back", "/")];
    ada.post("/settings/time-zone", &zone).await.is(303);
    let again = typed_project(&mut ada, &pool).await;
    send(&mut ada, "/projects/new", &again).await.is(303);
    let page = ada.get("/projects/new").await.is(200);
    assert!(!page.body.contains("An hour of typing."));
    assert_eq!(count(&pool, "saved_form").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_restored_form_can_be_discarded_after_a_question(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", ADA).await;
    let fields = typed_project(&mut ada, &pool).await;
    // What was typed has been saved without a button, too.
    let saved = serde_json::json!({
        "draft": null,
        "fields": {
            "name": "A new shop window", "summary": "", "description": "An hour of typing.", "category": "",
            "skills": "", "budget": "", "currency": "EUR", "deadline": "", "deadline_hour": "",
            "deadline_shown": "", "time_zone": "UTC",
        },
        "form_key": fields[0].1,
    });
    ada.call("autosave-project", &saved).await.is(200);
    end_sessions(&pool).await;
    send(&mut ada, "/projects/new", &fields).await.is(303);
    ada.sign_in(ADA, PASSWORD).await.is(303);
    let page = ada.get("/projects/new").await.is(200).says(SHOWN_AGAIN);
    let discard = "/saved-forms/discard?page=/projects/new";
    assert!(page.body.contains(discard), "the page offers it");
    let question = ada
        .get(discard)
        .await
        .is(200)
        .says("Discard what you typed?");
    ada.get("/projects/new").await.is(200).says(SHOWN_AGAIN);

    let own = hidden_fields(&question.body);
    assert_eq!(own[2].1, "/projects/new");
    for _ in 0..2 {
        let done = send(&mut ada, discard, &own).await.is(303);
        assert_eq!(done.location(), "/projects/new");
        let page = ada.get("/projects/new").await.is(200);
        let page = page.says("What you typed has been discarded.");
        for text in [SHOWN_AGAIN, "An hour of typing.", "A new shop window"] {
            assert!(!page.body.contains(text), "{text}");
        }
    }
    assert_eq!(count(&pool, "saved_form").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_saved_form_is_shown_only_to_its_account_in_its_browser_and_for_an_hour(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut browser = Client::member(&site, "seller", ADA).await;
    let fields = typed_project(&mut browser, &pool).await;
    Client::member(&site, "seller", "eve@example.com").await;
    end_sessions(&pool).await;
    send(&mut browser, "/projects/new", &fields).await.is(303);

    let is_shown = async |client: &mut Client, email: &str| {
        client.sign_in(email, PASSWORD).await.is(303);
        let page = client.get("/projects/new").await.is(200);
        page.body.contains("An hour of typing.")
    };
    assert!(!is_shown(&mut browser, "eve@example.com").await);
    assert!(!is_shown(&mut Client::new(&site), ADA).await);
    assert!(is_shown(&mut browser, ADA).await);
    sqlx::query("update saved_form set saved_at = saved_at - interval '1 hour'")
        .execute(&pool)
        .await
        .unwrap();
    assert!(!is_shown(&mut browser, ADA).await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_is_saved_once_per_page_and_only_for_a_browser_that_signed_in_before(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", ADA).await;
    let mut fields = typed_project(&mut ada, &pool).await;
    end_sessions(&pool).await;
    send(&mut Client::new(&site), "/projects/new", &fields)
        .await
        .is(401);
    assert_eq!(count(&pool, "saved_form").await, 0);
    fields.push(("present_password", PASSWORD.to_owned()));
    for _ in 0..3 {
        send(&mut ada, "/projects/new", &fields).await.is(303);
    }
    let saved: Vec<String> = sqlx::query_scalar("select fields::text from saved_form")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(saved.len(), 1);
    assert!(saved[0].contains("An hour of typing."));
    assert!(!saved[0].contains(PASSWORD), "a password was stored");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_forms_for_tokens_apps_and_device_codes_are_restored_too(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", ADA).await;
    for (page, field, text) in [
        ("/account/tokens", "name", "The nightly script"),
        ("/account/programs/new", "name", "Bids by telephone"),
        ("/device", "user_code", "BCDF-GHJK"),
    ] {
        let shown = ada.get(page).await.is(200).body;
        let mut fields = hidden_fields(&shown);
        fields.push((field, text.to_owned()));
        end_sessions(&pool).await;
        send(&mut ada, page, &fields).await.is(303);
        ada.sign_in(ADA, PASSWORD).await.is(303);
        let shown = ada.get(page).await.is(200).says(SHOWN_AGAIN);
        assert!(shown.body.contains(text), "{page} lost {text}");
    }
    assert_eq!(count(&pool, "saved_form").await, 3, "one for each page");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_too_long_to_save_is_reported_and_no_older_one_is_shown(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", ADA).await;
    let mut fields = typed_project(&mut ada, &pool).await;
    end_sessions(&pool).await;
    send(&mut ada, "/projects/new", &fields).await.is(303);
    fields.retain(|(name, _)| *name != "description");
    fields.push(("description", "𠀀".repeat(26_000)));
    let shown = send(&mut ada, "/projects/new", &fields).await.is(401);
    let shown = shown.says("Copy your text and sign in again");
    assert!(shown.body.contains(&"𠀀".repeat(26_000)));
    assert!(shown.body.contains("href=\"/sign-in?next=/projects/new\""));
    assert_eq!(count(&pool, "saved_form").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_long_text_from_a_browser_without_cookies_is_shown_to_be_copied(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", ADA).await;
    let mut fields = typed_project(&mut ada, &pool).await;
    let typed = "An hour of typing that nobody wants to repeat.";
    fields.retain(|(name, _)| *name != "description");
    fields.push(("description", typed.to_owned()));
    fields.push(("window", "e5985d92-6c67-4e9c-95d8-cf09ce7a1df2".to_owned()));
    let mut cleared = Client::new(&site);
    let shown = send(&mut cleared, "/projects/new", &fields).await.is(401);
    assert!(text_of(&shown.body).contains("Description"));
    assert!(shown.body.contains(typed));
    assert!(!shown.body.contains("e5985d92"), "nobody typed it");
    assert_eq!(count(&pool, "saved_form").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_sent_after_the_session_ended_is_restored_to_its_field(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", ADA).await;
    let project = seller.publish(&pool, "Letter the window", 3600).await;
    let mut buyer = Client::member(&site, "buyer", "bob@example.com").await;
    let page = buyer.get(&project).await.is(200).body;
    let mut fields = hidden_fields(&page);
    fields.push(("amount", "812.50".to_owned()));
    end_sessions(&pool).await;
    send(&mut buyer, &format!("{project}/bids"), &fields)
        .await
        .is(303);
    buyer.sign_in("bob@example.com", PASSWORD).await.is(303);
    let page = buyer.get(&project).await.is(200).says(SHOWN_AGAIN);
    assert!(page.body.contains("value=\"812.50\""));
    assert_eq!(count(&pool, "bid").await, 0);
}
