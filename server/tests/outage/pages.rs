//! A hung database: cached pages are shown with their age, writes are refused at once, and everything resumes
//! afterwards.

use crate::{
    fixture::{World, nothing_was_stored},
    support::{Client, PASSWORD, count},
};

#[tokio::test(flavor = "multi_thread")]
async fn cached_pages_are_shown_with_their_age_and_others_fail_at_once() {
    let world = World::new().await;
    let mut seller = Client::member(&world.site, "seller", "seller@example.com").await;
    let project = seller.publish(&world.pool, "Letter the window", 600).await;
    let mut visitor = Client::new(&world.site);
    for path in ["/", "/projects", &project] {
        visitor.get(path).await.is(200).says("Letter the window");
    }
    world.hang().await;
    for path in ["/", "/projects", &project] {
        let page = visitor.get(path).await.is(200).says("Letter the window");
        let page = page.says("This page shows data from");
        assert!(!page.header("age").is_empty());
    }
    visitor
        .get("/how-it-works")
        .await
        .is(200)
        .says("can't reach its database");
    visitor.get("/favicon.svg").await;
    for path in [
        "/projects?q=never+asked+before",
        &format!("{project}/result"),
    ] {
        let page = visitor.get(path).await;
        nothing_was_stored(page);
    }
    world.resume().await;
    let page = visitor.get(&project).await.is(200);
    assert!(!page.body.contains("shows data from") && page.header("age").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_refused_at_once_and_nobody_is_signed_out() {
    let world = World::new().await;
    let mut seller = Client::member(&world.site, "seller", "seller@example.com").await;
    let project = seller.publish(&world.pool, "Letter the window", 600).await;
    let mut buyer = Client::member(&world.site, "buyer", "buyer@example.com").await;
    let key = buyer.get(&project).await.is(200).form_key();
    let bid = [("form_key", key.as_str()), ("amount", "900")];
    world.hang().await;
    nothing_was_stored(buyer.post(&format!("{project}/bids"), &bid).await);
    let mut stranger = Client::new(&world.site);
    nothing_was_stored(stranger.sign_in("buyer@example.com", PASSWORD).await);
    nothing_was_stored(stranger.sign_up("buyer", "new@example.com").await);
    nothing_was_stored(buyer.get("/dashboard").await);
    buyer
        .get(&project)
        .await
        .is(200)
        .says("If you were signed in, you still are.");
    world.resume().await;
    buyer.get("/dashboard").await.is(200);
    // The form that was refused is still valid.
    buyer.post(&format!("{project}/bids"), &bid).await.is(303);
    assert_eq!(count(&world.pool, "bid").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_cached_answers_with_their_age() {
    let world = World::new().await;
    let mut seller = Client::member(&world.site, "seller", "seller@example.com").await;
    let project = seller.publish(&world.pool, "Letter the window", 600).await;
    let mut program = Client::new(&world.site);
    let path = format!("/api/v1{project}");
    let known = program.get(&path).await.is(200).body;
    world.hang().await;
    let answer = program.get(&path).await.is(200);
    assert_eq!(answer.body, known);
    assert!(!answer.header("age").is_empty());
    let refused = program.get("/api/v1/projects?q=never+asked+before").await;
    assert!(
        refused
            .body
            .contains("/api/docs/problems/database-unreachable")
    );
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    nothing_was_stored(refused);
    nothing_was_stored(program.post(&format!("{path}/bid"), &[]).await);
    let denied = program
        .post("/oauth/token", &[("grant_type", "x")])
        .await
        .is(503);
    assert!(denied.body.contains("temporarily_unavailable"));
    world.resume().await;
    program.get("/api/v1/projects?q=window").await.is(200);
}
