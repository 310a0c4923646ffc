//! Many projects submitted at the same time.

use crate::{
    fixture::{ADA, HOME, behind_proxy, project_form, publish, seller, send},
    support::{Answer, Client, count, text_of},
};
use guildhall::store::MIGRATIONS;
use serde_json::{Map, Value, json};
use sqlx::PgPool;
use tokio::task::JoinSet;

/// One request more than an address can have running or queued.
const ONE_TOO_MANY: usize = 3 + 16 + 1;

type Form = Vec<(&'static str, String)>;

/// Calls the server function with the values of the form, as an island does.
async fn call(browser: &mut Client, form: &Form) -> Answer {
    let mut fields: Map<String, Value> = ["deadline_hour", "deadline_shown"]
        .map(|name| (name.to_owned(), "".into()))
        .into_iter()
        .collect();
    let mut key = "";
    for (name, value) in form {
        match *name {
            "form_key" => key = value,
            "intent" => {}
            name => drop(fields.insert(name.to_owned(), value.as_str().into())),
        }
    }
    let arguments = json!({ "draft": null, "fields": fields, "form_key": key });
    browser.call("publish-project", &arguments).await
}

/// Makes too many projects wait to be stored, through forms or server functions. Returns the first refusal.
async fn flood(pool: &PgPool, by_form: bool) -> Answer {
    let site = behind_proxy(pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    publish(&mut ada, pool).await.is(303);
    let mut forms = Vec::new();
    for _ in 0..ONE_TOO_MANY {
        forms.push(project_form(&mut ada, pool, "publish").await);
    }
    // Every request waits for the lock on its quota until this transaction ends.
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("select from quota for update")
        .execute(&mut *lock)
        .await
        .unwrap();
    let mut sent = JoinSet::new();
    for form in forms {
        let mut browser = ada.clone();
        sent.spawn(async move {
            if by_form {
                send(&mut browser, "/projects/new", &form).await
            } else {
                call(&mut browser, &form).await
            }
        });
    }
    let refused = sent.join_next().await.unwrap().unwrap().is(503);
    ada.get("/dashboard").await.is(200);
    lock.rollback().await.unwrap();
    let mut published = 1;
    while let Some(answer) = sent.join_next().await {
        match answer.unwrap().status.as_u16() {
            200 | 303 => published += 1,
            other => assert_eq!(other, 503),
        }
    }
    assert_eq!(count(pool, "project").await, published);
    refused
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn projects_waiting_to_be_stored_leave_connections_for_other_requests(pool: PgPool) {
    let refused = flood(&pool, true).await;
    assert!(
        refused
            .body
            .contains("Two panes of glass, lettered by hand."),
        "the typed text is lost: {}",
        text_of(&refused.body)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn projects_sent_by_server_functions_wait_in_the_same_queue(pool: PgPool) {
    let refused = flood(&pool, false).await;
    assert_eq!(refused.header("retry-after"), "5");
}
