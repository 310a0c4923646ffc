//! The demo's tokens: new ones at each start, only for the demo accounts.

use crate::{
    fixture::{caller, make, token_in},
    support::{Client, PASSWORD, count, site},
};
use guildhall::{store::MIGRATIONS, token};
use server::commands::seed;
use sqlx::PgPool;

const SELLER: &str = "office@brenner-holt.example";

const BUYER: &str = "marta.kowalczyk@studio.example";

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_start_with_demo_data_creates_new_tokens_and_revokes_the_old_ones(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", SELLER).await;
    Client::member(&site, "buyer", BUYER).await;
    let own = make(&mut seller, "My own", &["bids:read"]).await.is(200);
    let own = token_in(&own.body).unwrap();

    let tokens = |output: &str| -> Vec<String> { output.lines().filter_map(token_in).collect() };
    let first = tokens(&seed::tokens(&pool).await.unwrap());
    let second = tokens(&seed::tokens(&pool).await.unwrap());
    assert_eq!((first.len(), second.len()), (2, 2));
    for token in &first {
        assert!(caller(&pool, token).await.is_none());
    }
    for (token, role) in second.iter().zip(["seller", "buyer"]) {
        let caller = caller(&pool, token).await.unwrap();
        assert_eq!(caller.viewer.role.name(), role);
        assert_eq!(caller.scopes, token::Scopes::of_role(caller.viewer.role));
    }
    assert!(
        caller(&pool, &own).await.is_some(),
        "other tokens stay valid"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_demo_accounts_get_demo_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", SELLER).await;
    let change = [
        ("present_password", PASSWORD),
        ("new_password", "a brass weather vane"),
    ];
    seller.post("/account/password", &change).await.is(303);
    for _ in 0..7 {
        let output = seed::tokens(&pool).await.unwrap();
        assert_eq!(token_in(&output), None, "{output}");
        assert_eq!(output.matches("not a demo account").count(), 2, "{output}");
    }
    assert_eq!(count(&pool, "access_token").await, 0);
}
