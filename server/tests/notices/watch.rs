//! Watching a project: its button, the list, and the letter.

use crate::{fixture::scene, support::Client};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn everybody_but_the_seller_watches_and_stops(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let mut other = Client::member(&scene.site, "seller", "olga@example.com").await;
    let project = scene.project.clone();
    let mut stranger = Client::new(&scene.site);
    for viewer in [&mut stranger, &mut scene.seller] {
        let page = viewer.get(&project).await.is(200);
        assert!(!page.body.contains("/watch\""), "{}", page.body);
    }
    let (watch, stop) = (
        format!("{project}/watch"),
        format!("{project}/stop-watching"),
    );
    scene.seller.post(&watch, &[]).await.is(403);
    for viewer in [&mut scene.buyer, &mut other] {
        viewer
            .get("/account/watching")
            .await
            .is(200)
            .says("You watch no projects yet");
        let page = viewer.get(&project).await.is(200);
        assert!(page.body.contains(&format!("action=\"{watch}\"")));
        let begun = viewer.post(&watch, &[]).await.is(303);
        assert_eq!(begun.location(), project);
        let page = viewer.get(&project).await.is(200);
        let page = page.says("You’re watching this project. We’ll notify you before");
        assert!(page.body.contains(&format!("action=\"{stop}\"")));
        let list = viewer.get("/account/watching").await.is(200);
        list.says("A new shop window").says("Stop watching");
    }
    // The buttons of both pages end it, and return to where they are.
    let in_list = project.replace("/projects/", "/account/watching/") + "/stop";
    for (path, back) in [(&stop, project.as_str()), (&in_list, "/account/watching")] {
        let stopped = scene.buyer.post(path, &[]).await.is(303);
        assert_eq!(stopped.location(), back);
        scene
            .buyer
            .get("/account/watching")
            .await
            .is(200)
            .says("You watch no projects yet");
    }
    other
        .get("/account/watching")
        .await
        .is(200)
        .says("A new shop window");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_cancellation_is_a_letter_that_says_why_it_came(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let watch = format!("{}/watch", scene.project);
    scene.buyer.post(&watch, &[]).await.is(303);
    let cancel = format!("{}/cancel", scene.project);
    let key = scene.seller.get(&cancel).await.is(200).form_key();
    let sent = scene.seller.post(&cancel, &[("form_key", &key)]).await;
    sent.is(303);
    scene.tell().await;
    let list = scene.buyer.get("/notices?show=watched").await.is(200);
    list.says("Watched project cancelled A new shop window The seller cancelled it.");
    assert_eq!(scene.send().await, 1);
    let mail = scene.mail().await.remove(0);
    assert_eq!(mail.address, "bea@example.com");
    assert_eq!(mail.subject, "Watched project cancelled: A new shop window");
    for words in [
        "You get this because you watch this project.",
        "http://guildhall.example/account/watching",
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    // The list keeps it.
    scene
        .buyer
        .get("/account/watching")
        .await
        .is(200)
        .says("Ended")
        .says("Cancelled");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn watching_too_late_is_refused_on_the_projects_page(pool: PgPool) {
    let mut scene = scene(&pool).await;
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let watch = format!("{}/watch", scene.project);
    let refused = scene.buyer.post(&watch, &[]).await.is(405);
    refused.says("This project no longer accepts bids, so you can’t watch it.");
    for nonsense in ["/projects/x/watch", "/projects/0/watch"] {
        scene.buyer.post(nonsense, &[]).await.is(404);
    }
    let stop = "/account/watching/x/stop";
    scene.buyer.post(stop, &[]).await.is(404);
}
