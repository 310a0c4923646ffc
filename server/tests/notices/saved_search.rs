//! Saving a search: from the list to the letter.

use crate::{fixture::scene, support::Client};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// Saves this search as its form does.
async fn save(client: &mut Client, query: &str, frequency: &str) -> crate::support::Answer {
    let path = format!("/account/searches/new?{query}");
    let form = client.get(&path).await.is(200);
    let key = form.form_key();
    let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    fields.push(("form_key".to_owned(), key));
    fields.push(("name".to_owned(), "Windows".to_owned()));
    fields.push(("frequency".to_owned(), frequency.to_owned()));
    let fields: Vec<(&str, &str)> = (fields.iter())
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    client.post("/account/searches", &fields).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_list_leads_to_a_form_that_saves_its_search(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let plain = scene.buyer.get("/projects?sort=newest&closing=today").await;
    assert!(!plain.body.contains("Save this search"));
    let list = scene
        .buyer
        .get("/projects?q=shop+window&category=trades&bids=none&sort=newest")
        .await
        .is(200);
    let href = "/account/searches/new?q=shop+window&amp;category=trades&amp;bids=none";
    assert!(
        list.body.contains(&format!("href=\"{href}\"")),
        "{}",
        list.body
    );
    let form = scene.buyer.get(&href.replace("&amp;", "&")).await.is(200);
    let form = form.says("“shop window”").says("are not saved");
    assert!(
        form.body
            .contains("value=\"shop window, Crafts &amp; on-site work\"")
    );
    let key = form.form_key();
    let mut fields = vec![
        ("form_key", key.as_str()),
        ("q", "shop window"),
        ("category", "trades"),
        ("name", ""),
        ("frequency", "often"),
    ];
    let refused = scene.buyer.post("/account/searches", &fields).await.is(422);
    let refused = refused.says("Enter a name.").says("“shop window”");
    assert!(refused.body.contains("name=\"category\" value=\"trades\""));
    fields[3].1 = "Windows";
    fields[4].1 = "weekly";
    for _ in 0..2 {
        let saved = scene.buyer.post("/account/searches", &fields).await.is(303);
        assert_eq!(saved.location(), "/account/searches");
    }
    let saved = scene.buyer.get("/account/searches").await.is(200);
    assert_eq!(saved.body.matches("saved-search-name").count(), 1);
    let saved = saved.says("Windows").says("Weekly").says("Next update Mon");
    assert!(
        saved
            .body
            .contains("href=\"/projects?q=shop+window&amp;category=trades\"")
    );
    // Nothing to save leads back to the list.
    let back = scene
        .buyer
        .get("/account/searches/new?sort=newest")
        .await
        .is(303);
    assert_eq!(back.location(), "/projects");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_sees_changes_or_deletes_the_search_of_somebody_else(pool: PgPool) {
    let mut scene = scene(&pool).await;
    save(&mut scene.buyer, "q=window", "daily").await.is(303);
    let id: i64 = sqlx::query_scalar("select id from saved_search")
        .fetch_one(&pool)
        .await
        .unwrap();
    let path = format!("/account/searches/{id}");
    let delete = format!("{path}/delete");
    let fields = [("name", "Taken"), ("frequency", "weekly")];
    scene.seller.get(&path).await.is(404);
    scene.seller.post(&path, &fields).await.is(404);
    scene.seller.post(&delete, &[]).await.is(303);
    let list = scene.seller.get("/account/searches").await.is(200);
    list.says("No saved searches yet");
    scene.buyer.get(&path).await.is(200).says("Windows");
    let wrong = [("name", " "), ("frequency", "weekly")];
    let refused = scene.buyer.post(&path, &wrong).await.is(422);
    refused.says("Enter a name.");
    scene.buyer.post(&path, &fields).await.is(303);
    let list = scene.buyer.get("/account/searches").await.is(200);
    list.says("Taken").says("Weekly");
    for _ in 0..2 {
        scene.buyer.post(&delete, &[]).await.is(303);
    }
    let list = scene.buyer.get("/account/searches").await.is(200);
    list.says("No saved searches yet");
    for nonsense in ["/account/searches/x", "/account/searches/0"] {
        scene.buyer.get(nonsense).await.is(404);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_digest_is_a_letter_with_links_and_leads_to_the_new_projects(pool: PgPool) {
    let mut scene = scene(&pool).await;
    save(&mut scene.buyer, "q=window", "daily").await.is(303);
    for n in 1..=6 {
        scene
            .seller
            .publish(&pool, &format!("Window {n}"), 3600)
            .await;
    }
    scene.tell().await;
    assert_eq!(scene.send().await, 0);
    sqlx::query("update saved_search set next_digest_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    scene.tell().await;
    let list = scene.buyer.get("/notices?show=searches").await.is(200);
    let list = list.says("6 new projects fit your saved search “Windows”.");
    list.says("Window 6").says("Window 2").says("and 1 more");
    assert_eq!(scene.send().await, 1);
    let mail = scene.mail().await.remove(0);
    assert_eq!(mail.subject, "New projects that fit your search: Windows");
    for words in [
        "Window 6",
        "and 1 more",
        "You get this because you saved this search.",
        "http://guildhall.example/account/searches",
        "http://guildhall.example/projects?q=window&since=",
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    let opened = scene.buyer.post("/notices/1/open", &[]).await.is(303);
    let path = opened.location().to_owned();
    let list = scene.buyer.get(&path).await.is(200);
    let list = list.says("6 projects").says("New since");
    assert!(
        !list.body.contains("A new shop window"),
        "it was there before"
    );
    for nonsense in ["x", "-9999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        scene
            .buyer
            .get(&format!("/projects?since={nonsense}"))
            .await
            .is(422);
    }
}
