//! What each role may do.

use crate::support::{Client, count, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_role_is_refused_the_actions_of_the_other_and_visitors_must_sign_in(pool: PgPool) {
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
    let key = seller.get(&format!("{path}/cancel")).await.form_key();
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
    seller.get(&path).await.is(200).says("Nobody has bid yet.");
    seller
        .post(&format!("{path}/cancel"), &[("form_key", &key)])
        .await
        .is(303);
    let ended = seller.get(&path).await.is(200).says("ancelled");
    ended.says("There were no bids.");
}
