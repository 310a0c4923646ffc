//! Saving what is typed into a project's form, without a button.

use crate::{
    key, refusal,
    support::{Answer, Client, PASSWORD, count, deadline, site, until_waiting},
};
use guildhall::{autosave, store::MIGRATIONS};
use serde_json::{Value, json};
use sqlx::PgPool;

const NEW: &str = "/projects/new";

/// An unfinished form, which would be refused if it were submitted.
fn unfinished_form(name: &str) -> Value {
    json!({
        "name": name,
        "summary": "",
        "description": "Two panes, **lett",
        "category": "",
        "skills": "a, b, ",
        "budget": "12 or so",
        "currency": "EUR",
        "deadline": "",
        "deadline_hour": "",
        "deadline_shown": "",
        "time_zone": "UTC",
    })
}

async fn save(seller: &mut Client, draft: &Value, fields: &Value, key: &str) -> Answer {
    save_from(seller, &Value::Null, draft, fields, key).await
}

/// Saves from the window with this hidden field.
async fn save_from(
    seller: &mut Client,
    window: &Value,
    draft: &Value,
    fields: &Value,
    key: &str,
) -> Answer {
    let arguments = json!({ "draft": draft, "fields": fields, "form_key": key, "window": window });
    seller.call("autosave-project", &arguments).await
}

/// The address of the page's link with this text.
fn link(page: &Answer, text: &str) -> String {
    let (before, _) = page.body.split_once(text).expect("the page has the link");
    let (_, address) = before.rsplit_once("href=\"").expect("it is a link");
    address.split('"').next().unwrap().to_owned()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_typed_is_offered_again_in_any_browser_until_the_form_is_sent(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let form = seller.get(NEW).await.is(200).form_key();
    let answer = save(
        &mut seller,
        &Value::Null,
        &unfinished_form("Sign & letters"),
        &form,
    )
    .await;
    let message: String = serde_json::from_str(&answer.is(200).body).unwrap();
    assert!(
        message.starts_with("What you typed was saved at "),
        "{message}"
    );

    let mut elsewhere = Client::new(&site);
    elsewhere.sign_in("sam@example.com", PASSWORD).await.is(303);
    let page = elsewhere
        .get(NEW)
        .await
        .is(200)
        .says("You have not finished:");
    let path = link(&page, "Sign &amp; letters");
    let page = elsewhere.get(&path).await.is(200);
    assert!(page.body.contains("Two panes, **lett"), "{}", page.body);
    assert!(page.body.contains("12 or so"), "an invalid amount is kept");
    assert_eq!(page.form_key(), form, "it is the same form");

    let sent = [
        ("form_key", form.as_str()),
        ("intent", "draft"),
        ("name", "Sign & letters"),
        ("currency", "EUR"),
        ("time_zone", "UTC"),
    ];
    let draft = elsewhere.post(NEW, &sent).await.is(303);
    let draft = draft.location();
    let page = seller.get(NEW).await.is(200);
    assert!(!page.body.contains("You have not finished:"));
    let late = save(&mut seller, &Value::Null, &unfinished_form("Late"), &form).await;
    assert_eq!(refusal(&late.is(409)).0, "conflict");
    assert!(
        !seller
            .get(NEW)
            .await
            .is(200)
            .body
            .contains("You have not finished:")
    );

    // What is typed into a draft is shown in its form, and the stored draft does not change.
    let id: Value = draft
        .split('/')
        .nth(2)
        .unwrap()
        .parse::<i64>()
        .unwrap()
        .into();
    save(&mut seller, &id, &unfinished_form("Sign, changed"), &key())
        .await
        .is(200);
    let page = seller
        .get(draft)
        .await
        .is(200)
        .says("It is not saved in the draft yet.");
    assert!(page.body.contains("Sign, changed"));
    let name: String = sqlx::query_scalar("select name from project")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(name, "Sign & letters");
    let discard = link(&page, ">Discard it");
    let key = seller.get(&discard).await.is(200).form_key();
    seller.post(&discard, &[("form_key", &key)]).await.is(303);
    let page = seller.get(draft).await.is(200);
    assert!(!page.body.contains("Sign, changed"));
    seller.get(&discard).await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_the_seller_sees_an_autosave_and_only_a_bounded_number_is_kept(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut other = Client::member(&site, "seller", "olga@example.com").await;
    for n in 0..12 {
        save(
            &mut seller,
            &Value::Null,
            &unfinished_form(&format!("Window {n}")),
            &key(),
        )
        .await
        .is(200);
    }
    let page = seller.get(NEW).await.is(200);
    assert_eq!(page.body.matches("?continue=").count(), 10);
    assert!(page.body.contains("Window 11") && !page.body.contains("Window 1<"));
    let path = link(&page, "Window 11");
    let page = other.get(&path).await.is(200);
    assert!(
        !page.body.contains("Window"),
        "another seller's form is empty"
    );

    // Half as many characters as bytes.
    let mut long = unfinished_form("Window");
    long["site"] = json!("ё".repeat(autosave::MAX_BYTES / 2));
    let answer = save(&mut seller, &Value::Null, &long, &key()).await.is(422);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let message = "This form takes 101 kB, and at most 100 kB can be saved. Shorten this text.";
    assert!(body.to_string().contains(message), "{body}");
    assert!(body.to_string().contains("\"site\""), "{body}");
    let mut unstorable = unfinished_form("Window");
    unstorable["description"] = json!("a\0b");
    save(&mut seller, &Value::Null, &unstorable, &key())
        .await
        .is(422);
    let malformed = save(
        &mut seller,
        &Value::Null,
        &unfinished_form("Window"),
        "no key",
    )
    .await;
    malformed.is(409);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_restored_after_the_session_ended_replaces_its_autosave(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let form = page.form_key();
    save(&mut seller, &Value::Null, &unfinished_form("Window"), &form)
        .await
        .is(200);
    let account: i64 = sqlx::query_scalar("select id from account")
        .fetch_one(&pool)
        .await
        .unwrap();
    sqlx::query("delete from session")
        .execute(&pool)
        .await
        .unwrap();
    let account = account.to_string();
    let sent = [
        ("form_key", form.as_str()),
        ("form_of", account.as_str()),
        ("form_page", NEW),
        ("intent", "draft"),
        ("name", "Window"),
        ("currency", "EUR"),
        ("time_zone", "UTC"),
    ];
    seller.post(NEW, &sent).await.is(303);
    seller.sign_in("sam@example.com", PASSWORD).await.is(303);
    let page = seller.get(NEW).await.is(200);
    assert_eq!(page.form_key(), form);
    seller.post(NEW, &sent).await.is(303);
    let page = seller.get(NEW).await.is(200);
    assert!(!page.body.contains("You have not finished:"));
}

/// The hidden field that identifies the page's window.
fn window(page: &Answer) -> Value {
    let (_, after) = page.body.split_once("name=\"window\" value=\"").unwrap();
    after.split('"').next().unwrap().into()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_windows_with_the_same_form_do_not_overwrite_each_other(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let first = seller.get(NEW).await.is(200);
    let key = first.form_key();
    let (new, first) = (Value::Null, window(&first));
    for text in ["One", "One, longer"] {
        let saved = save_from(&mut seller, &first, &new, &unfinished_form(text), &key).await;
        saved.is(200);
    }
    let path = link(&seller.get(NEW).await, "One, longer");
    let (second, third) = (seller.get(&path).await, seller.get(&path).await);
    let (second, third) = (window(&second), window(&third));
    let saved = save_from(&mut seller, &second, &new, &unfinished_form("Two"), &key).await;
    saved.is(200);
    for late in [&first, &third] {
        let late = save_from(&mut seller, late, &new, &unfinished_form("Late"), &key).await;
        let (kind, text) = refusal(&late.is(409));
        assert_eq!(kind, "conflict");
        assert!(text.starts_with("You changed this form in another window."));
    }
    let page = seller.get(&path).await;
    assert!(page.body.contains("Two") && !page.body.contains("Late"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn going_back_after_the_review_or_the_publication_loses_and_repeats_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let key = seller.get(NEW).await.is(200).form_key();
    let deadline = deadline(&pool, 3600).await;
    let typed = |name: &'static str, intent: &'static str| {
        [
            ("form_key", key.clone()),
            ("intent", intent.to_owned()),
            ("name", name.to_owned()),
            ("summary", "Letters and a sign".to_owned()),
            (
                "description",
                "Two panes of glass, lettered by hand.".to_owned(),
            ),
            ("category", "trades".to_owned()),
            ("budget", "1000".to_owned()),
            ("currency", "EUR".to_owned()),
            ("deadline", deadline.clone()),
            ("time_zone", "UTC".to_owned()),
        ]
    };
    let mut post = async |fields: [(&'static str, String); 10]| {
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        seller.post(NEW, &fields).await
    };
    let review = post(typed("Sign", "review")).await.is(303);
    assert!(review.location().starts_with("/projects/new?review="));
    let mut elsewhere = Client::new(&site);
    elsewhere.sign_in("sam@example.com", PASSWORD).await.is(303);
    let page = elsewhere.get(NEW).await.says("You have not finished:");
    assert!(page.body.contains("Sign"));

    post(typed("Sign", "publish")).await.is(303);
    for intent in ["review", "publish", "draft"] {
        let again = post(typed("Sign, changed", intent)).await.is(409);
        let again = again.says("You have already sent this form");
        assert!(
            again.body.contains("Sign, changed"),
            "what was typed is kept"
        );
        assert_ne!(again.form_key(), key, "it can be sent as another project");
    }
    assert_eq!(count(&pool, "project").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_between_two_queries_stays_on_the_dashboard(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let fields = unfinished_form("Sign & letters");
    save(&mut seller, &Value::Null, &fields, &key())
        .await
        .is(200);
    // The page has read the projects and is waiting to read the unfinished forms when the form is sent in another window.
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("lock table autosave in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();
    let looking = tokio::spawn(async move { seller.get("/dashboard").await });
    until_waiting(&pool, "autosave", &looking).await;
    sqlx::query("delete from autosave")
        .execute(&mut *holder)
        .await
        .unwrap();
    holder.commit().await.unwrap();
    looking.await.unwrap().is(200).says("Sign & letters");
}
