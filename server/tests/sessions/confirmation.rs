//! Confirming the address of an account: before that, it neither publishes nor bids.

use crate::support::{
    Client, PASSWORD, confirm_address, count, link_in_letter, secret_in, send_letters, site,
    strict_site, subjects,
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

const BEA: &str = "bea@example.com";
const SAM: &str = "sam@example.com";

/// An open project of a seller whose address is confirmed.
async fn project(pool: &PgPool) -> String {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sally@example.com").await;
    seller.publish(pool, "A new shop window", 3600).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_waits_for_the_confirmation_and_nothing_typed_is_lost(pool: PgPool) {
    let project = project(&pool).await;
    let site = strict_site(&pool);
    let mut bea = Client::member(&site, "buyer", BEA).await;
    let form = bea.get(&project).await.is(200);
    let of = form.body.split_once("name=\"form_of\" value=\"").unwrap().1;
    let of = of.split('"').next().unwrap();
    let key = form.form_key();
    let bid = [
        ("form_key", key.as_str()),
        ("form_of", of),
        ("form_page", project.as_str()),
        ("amount", "812.50"),
        ("note", "Glass included"),
    ];
    let refused = bea.post(&format!("{project}/bids"), &bid).await.is(303);
    assert_eq!(refused.location(), format!("/confirm-email?next={project}"));
    bea.get(refused.location())
        .await
        .is(200)
        .says("confirm that bea@example.com is yours")
        .says("What you typed is kept");
    assert_eq!(count(&pool, "bid").await, 0);

    let link = link_in_letter(&pool, BEA).await;
    // On a phone that is not signed in.
    let mut phone = Client::new(&site);
    let asked = phone.get(&link).await.is(200);
    asked.says("Is bea@example.com your address");
    assert_eq!(
        count(&pool, "account where email_confirmed_at is null").await,
        1,
        "a scanner confirms nothing"
    );
    let secret = [("secret", secret_in(&link))];
    phone
        .post("/confirm-email/link", &secret)
        .await
        .is(200)
        .says("bea@example.com is confirmed");

    bea.get(refused.location()).await.is(200).says("Continue");
    let again = bea.get(&project).await.is(200);
    assert!(again.body.contains("value=\"812.50\"") && again.body.contains("Glass included"));
    assert!(again.body.contains(&key), "the form has its key");
    bea.post(&format!("{project}/bids"), &bid).await.is(303);
    assert_eq!(count(&pool, "bid").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn publishing_waits_for_the_confirmation_and_drafts_do_not(pool: PgPool) {
    let site = strict_site(&pool);
    let mut sam = Client::member(&site, "seller", SAM).await;
    let deadline = crate::support::deadline(&pool, 3600).await;
    let form = sam.get("/projects/new").await.is(200);
    let of = form.body.split_once("name=\"form_of\" value=\"").unwrap().1;
    let of = of.split('"').next().unwrap();
    let key = form.form_key();
    let fields = |intent| {
        [
            ("form_key", key.as_str()),
            ("form_of", of),
            ("form_page", "/projects/new"),
            ("name", "A new shop window"),
            ("summary", "Letters and a sign for a small bakery"),
            ("description", "Two panes of glass, lettered by hand."),
            ("category", "trades"),
            ("skills", "sign writing"),
            ("budget", "1000"),
            ("currency", "EUR"),
            ("deadline", deadline.as_str()),
            ("time_zone", "UTC"),
            ("intent", intent),
        ]
    };
    for intent in ["review", "publish"] {
        let refused = sam.post("/projects/new", &fields(intent)).await.is(303);
        assert_eq!(refused.location(), "/confirm-email?next=/projects/new");
        let kept = sam.get("/projects/new").await.is(200);
        assert!(kept.body.contains("lettered by hand"), "{intent}");
    }
    assert_eq!(count(&pool, "project").await, 0);
    let link = link_in_letter(&pool, SAM).await;
    let confirmed = sam
        .post("/confirm-email/link", &[("secret", secret_in(&link))])
        .await
        .is(200);
    assert!(
        confirmed.body.contains("href=\"/projects/new\""),
        "it leads back to the form"
    );
    sam.post("/projects/new", &fields("publish")).await.is(303);
    assert_eq!(count(&pool, "project where state = 'open'").await, 1);

    let mut new = Client::member(&site, "seller", "new@example.com").await;
    let key = new.get("/projects/new").await.is(200).form_key();
    let draft = [
        ("form_key", key.as_str()),
        ("name", "A sign"),
        ("currency", "EUR"),
        ("time_zone", "UTC"),
        ("intent", "draft"),
    ];
    new.post("/projects/new", &draft).await.is(303);
    assert_eq!(count(&pool, "project where state = 'draft'").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn islands_get_the_kind_that_makes_them_send_the_plain_form(pool: PgPool) {
    let project = project(&pool).await;
    let mut bea = Client::member(&strict_site(&pool), "buyer", BEA).await;
    let key = bea.get(&project).await.is(200).form_key();
    let id: i64 = project.rsplit('/').next().unwrap().parse().unwrap();
    let arguments =
        json!({ "project": id, "amount": "800", "note": null, "form_key": key, "confirmed": null });
    let refused = bea.call("place-bid", &arguments).await.is(409);
    assert!(
        refused.body.contains(r#""kind":"unconfirmed""#),
        "{}",
        refused.body
    );
    assert!(
        refused.body.contains("Confirm your e-mail address"),
        "{}",
        refused.body
    );
    assert_eq!(
        count(&pool, "receipt").await,
        1,
        "only the published project has one"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_link_confirms_once_expires_and_is_of_no_other_use(pool: PgPool) {
    let site = strict_site(&pool);
    let mut bea = Client::member(&site, "buyer", BEA).await;
    let first = link_in_letter(&pool, BEA).await;
    bea.post("/confirm-email", &[]).await.is(303);
    let second = link_in_letter(&pool, BEA).await;
    assert_ne!(first, second);
    let (first, second) = (secret_in(&first), secret_in(&second));
    let mut other = Client::new(&site);

    sqlx::query("update account_mail set expires_at = clock_timestamp() where id = (select min(id) from account_mail)")
        .execute(&pool)
        .await
        .unwrap();
    let path = format!("/confirm-email/link?secret={first}");
    let expired = other.get(&path).await.is(409);
    let expired = expired.says("This link has expired.");
    // Elsewhere, a new password confirms the address, and the browser that signed up can send the e-mail again.
    assert!(expired.body.contains("href=\"/reset-password\""));
    let at_home = bea.get(&path).await.is(409);
    assert!(at_home.body.contains("href=\"/confirm-email\""));
    other
        .post("/confirm-email/link", &[("secret", first)])
        .await
        .is(409);
    for wrong in [
        "",
        "x",
        &second[..second.len() - 1],
        "guildhall_ml_000000000000000000000000000000aaaaaa",
    ] {
        other
            .get(&format!("/confirm-email/link?secret={wrong}"))
            .await
            .is(404);
        other
            .post("/confirm-email/link", &[("secret", wrong)])
            .await
            .is(404);
    }
    assert_eq!(
        count(&pool, "account where email_confirmed_at is null").await,
        1
    );

    for _ in 0..2 {
        other
            .post("/confirm-email/link", &[("secret", second)])
            .await
            .is(200);
    }
    let confirmed = "outbox where kind = 'account.email_confirmed'";
    assert_eq!(
        count(&pool, confirmed).await,
        1,
        "the second press changes nothing"
    );
    // Once it is confirmed, even the expired link says so.
    other.get(&path).await.is(200).says("is confirmed");
    bea.get("/confirm-email").await.is(200).says("is confirmed");
    bea.post("/confirm-email", &[]).await.is(303);
    assert_eq!(
        subjects(&pool, BEA).await.len(),
        2,
        "there is nothing left to confirm"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn letters_to_an_address_are_limited_whoever_asks(pool: PgPool) {
    let site = strict_site(&pool);
    let mut bea = Client::member(&site, "buyer", BEA).await;
    for _ in 0..4 {
        bea.post("/confirm-email", &[]).await.is(303);
    }
    bea.post("/confirm-email", &[])
        .await
        .is(429)
        .says("Several e-mails have been sent to this address recently.");
    // Signing up with the address sends no more, and looks as ever.
    Client::new(&site).sign_up("seller", BEA).await.is(303);
    assert_eq!(subjects(&pool, BEA).await.len(), 5);
    // The limit of one address does not affect another.
    Client::new(&site).sign_up("seller", SAM).await.is(303);
    assert_eq!(subjects(&pool, SAM).await, ["Confirm your e-mail address"]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_an_account_or_a_session_nothing_is_sent_and_nothing_said(pool: PgPool) {
    let site = strict_site(&pool);
    let mut nobody = Client::new(&site);
    let away = nobody.get("/confirm-email").await.is(303);
    assert_eq!(away.location(), "/sign-in?next=/confirm-email");
    nobody.post("/confirm-email", &[]).await.is(303);
    assert_eq!(count(&pool, "account_mail").await, 0);
    // The account is erased before the letter is written.
    nobody.sign_up("buyer", BEA).await.is(303);
    nobody.post("/confirm-email", &[]).await.is(303);
    sqlx::query("delete from account")
        .execute(&pool)
        .await
        .unwrap();
    send_letters(&pool).await;
    assert_eq!(count(&pool, "kept_mail").await, 0);
    assert_eq!(count(&pool, "account_mail").await, 0, "no address is kept");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_address_has_to_be_confirmed_and_the_old_link_confirms_nothing(pool: PgPool) {
    let site = strict_site(&pool);
    let mut bea = Client::member(&site, "buyer", BEA).await;
    let old = link_in_letter(&pool, BEA).await;
    let typed = [("email", "new@example.com"), ("present_password", PASSWORD)];
    bea.post("/account/email", &typed).await.is(303);
    let old = [("secret", secret_in(&old))];
    bea.post("/confirm-email/link", &old).await.is(409);
    assert_eq!(
        count(&pool, "account where email_confirmed_at is null").await,
        1
    );
    let new = link_in_letter(&pool, "new@example.com").await;
    let new = [("secret", secret_in(&new))];
    bea.post("/confirm-email/link", &new).await.is(200);
    assert_eq!(
        count(&pool, "account where email_confirmed_at is null").await,
        0
    );
    // An address that was never confirmed may be a stranger's, and is not told.
    assert_eq!(subjects(&pool, BEA).await.len(), 1);
    let typed = [
        ("email", "last@example.com"),
        ("present_password", PASSWORD),
    ];
    bea.post("/account/email", &typed).await.is(303);
    confirm_address(&pool, &mut bea, "last@example.com").await;
    let told = subjects(&pool, "new@example.com").await;
    assert_eq!(told.last().unwrap(), "Your e-mail address was changed");
}
