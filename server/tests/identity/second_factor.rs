//! Two-factor authentication of accounts that sign in with a provider.

use crate::{
    fixture::{again, sign_in_with, sign_up_with, with_one},
    support::{
        Client,
        authenticator::{codes_grow_old, next_code, turn_on},
    },
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_with_a_provider_asks_for_a_code_too(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    let (_, codes) = turn_on(&mut ada).await;
    let mut phone = Client::new(&site);
    let asked = sign_in_with(&mut phone, "id", &provider).await.is(303);
    assert_eq!(asked.location(), "/sign-in/code");
    phone.get("/account").await.is(303);
    let code = [("code", codes[0].as_str())];
    phone.post("/sign-in/code", &code).await.is(303);
    phone.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_provider_confirms_the_owner_and_stands_in_for_no_code(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    let (app, _) = turn_on(&mut ada).await;
    codes_grow_old(&pool).await;
    let page = "/account/two-factor";
    let back = again(&mut ada, "id", page, &provider).await.is(303);
    assert_eq!(back.location(), page);
    for (path, fields) in [
        ("/account/two-factor/off", &[][..]),
        (
            "/account/password/first",
            &[("new_password", "harbour lamp in the fog")],
        ),
    ] {
        let refused = ada.post(path, fields).await.is(422);
        assert!(refused.body.contains("id=\"code-error\""), "{path}");
    }
    next_code(&pool).await;
    let code = app.code();
    ada.post("/account/two-factor/off", &[("code", &code)])
        .await
        .is(303);
    ada.get(page).await.is(200).says("It is off");
}
