//! The list, and the choices.

use crate::{fixture::scene, support::Client};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_is_listed_opened_and_then_read(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene
        .seller
        .get("/notices")
        .await
        .is(200)
        .says("No notifications yet");
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    let list = scene.seller.get("/notices?show=unread").await.is(200);
    let list = list.says("New First bid A new shop window Someone has bid €900.00.");
    list.says("Mark all as read");
    let opened = scene.seller.post("/notices/1/open", &[]).await.is(303);
    assert_eq!(opened.location(), scene.project);
    scene
        .seller
        .get("/notices?show=unread")
        .await
        .is(200)
        .says("Nothing unread");
    scene
        .seller
        .get("/notices?show=bids")
        .await
        .is(200)
        .says("First bid");
    scene
        .seller
        .get("/notices?show=results")
        .await
        .is(200)
        .says("Nothing here yet");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_opens_the_notices_of_somebody_else(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    scene.buyer.post("/notices/1/open", &[]).await.is(404);
    let mut other = Client::member(&scene.site, "seller", "olga@example.com").await;
    other.post("/notices/1/open", &[]).await.is(404);
    other
        .post("/notices/read", &[("newest", "9")])
        .await
        .is(303);
    scene
        .seller
        .get("/notices?show=unread")
        .await
        .is(200)
        .says("First bid");
    for nonsense in ["x", "-1", "99999999999999999999"] {
        scene
            .seller
            .post(&format!("/notices/{nonsense}/open"), &[])
            .await
            .is(404);
        scene
            .seller
            .get(&format!("/notices?before={nonsense}&show={nonsense}"))
            .await
            .is(200);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_unchecked_is_not_told_and_what_is_required_cannot_be_unchecked(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let choices = scene.seller.get("/account/notices").await.is(200);
    assert!(
        !choices.body.contains("bid.outbid"),
        "a seller is not outbid"
    );
    assert!(choices.body.contains(r#"value="bid.first:email""#));
    let wanted = [("wanted", "bid.first:site"), ("wanted", "bid.lowest:email")];
    scene.seller.post("/account/notices", &wanted).await.is(303);
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 0);
    scene.seller.get("/notices").await.is(200).says("First bid");
    let password = [
        ("present_password", crate::support::PASSWORD),
        ("new_password", "another stepped gable"),
    ];
    scene
        .seller
        .post("/account/password", &password)
        .await
        .is(303);
    scene.tell().await;
    assert_eq!(scene.send().await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn long_lists_have_older_pages(pool: PgPool) {
    let mut scene = scene(&pool).await;
    sqlx::query(
        "insert into notice (account_id, number, kind, facts, is_on_site)
         select 1, n, 'account.password_changed', '{}', true from generate_series(1, 65) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let mut seen = 0;
    let mut path = "/notices?show=account".to_owned();
    loop {
        assert!(path.is_ascii() && !path.contains(' '), "{path}");
        let page = scene.seller.get(&path).await.is(200);
        seen += page.body.matches("notice-row").count();
        let Some((before, _)) = page.body.split_once(">Older notifications") else {
            break;
        };
        let (_, href) = before.rsplit_once("href=\"").unwrap();
        let (href, _) = href.split_once('"').unwrap();
        path = href.replace("&amp;", "&");
        assert!(path.starts_with("/notices?show=account&before="), "{path}");
    }
    assert_eq!(seen, 65);
    assert_eq!(scene.seller.get("/").await.bell(), "65");
}
