//! One account, however its e-mail and password are spelled.

use crate::support::{Client, site, strict_site, subjects};
use guildhall::{account, store::MIGRATIONS, text};
use sqlx::PgPool;

async fn sign_up(client: &mut Client, email: &str, password: &str) -> crate::support::Answer {
    let fields = [
        ("role", "buyer"),
        ("name", "Ada  \u{a0} Lovelace"),
        ("email", email),
        ("password", password),
    ];
    client.post("/sign-up", &fields).await
}

async fn confirm_all(pool: &PgPool) {
    sqlx::query("update account set email_confirmed_at = clock_timestamp()")
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_is_found_by_every_spelling_of_its_email_and_password(pool: PgPool) {
    let site = strict_site(&pool);
    let mut client = Client::new(&site);
    sign_up(
        &mut client,
        "a1@xn--kse-qla.de",
        "gréve\u{a0}lanterne dorée",
    )
    .await
    .is(303);
    sign_up(
        &mut client,
        "re\u{301}ne@example.com",
        "stepped gable lantern",
    )
    .await
    .is(303);
    confirm_all(&pool).await;
    for (email, password) in [
        ("a1@käse.de", "gréve lanterne dorée"),
        ("A1@ka\u{308}se.DE", "gre\u{301}ve lanterne dore\u{301}e"),
        ("a1@XN--KSE-QLA.de", "gre\u{301}ve\u{3000}lanterne dorée"),
        ("réne@example.com", "stepped gable lantern"),
        ("RE\u{301}NE@example.com", "stepped gable lantern"),
    ] {
        let mut browser = Client::new(&site);
        browser.sign_in(email, password).await.is(303);
        browser.get("/account").await.is(200).says("Ada Lovelace");
    }
    let mut browser = Client::new(&site);
    assert_eq!(
        browser
            .sign_in("a1@käse.de", "Gréve lanterne dorée")
            .await
            .status,
        422
    );
    // An account with another spelling can't be confirmed.
    for email in ["a1@käse.de", "A1@KÄSE.de", "re\u{301}ne@example.com"] {
        sign_up(&mut Client::new(&site), email, "a brass weather vane")
            .await
            .is(303);
        assert_eq!(
            subjects(&pool, &text::email(email).unwrap())
                .await
                .pop()
                .unwrap(),
            "You already have an account"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_stored_unnormalized_by_an_earlier_version_still_works(pool: PgPool) {
    let site = strict_site(&pool);
    let mut client = Client::new(&site);
    // As the earlier version stored it: with the domain in its own script.
    sign_up(&mut client, "a1@example.de", "stepped gable lantern")
        .await
        .is(303);
    sqlx::query("update account set email = 'a1@käse.de'")
        .execute(&pool)
        .await
        .unwrap();
    confirm_all(&pool).await;
    for email in ["a1@käse.de", "a1@xn--kse-qla.de"] {
        Client::new(&site)
            .sign_in(email, "stepped gable lantern")
            .await
            .is(303);
        sign_up(&mut Client::new(&site), email, "a brass weather vane")
            .await
            .is(303);
        let told = subjects(&pool, "a1@xn--kse-qla.de").await;
        assert_eq!(told.last().unwrap(), "You already have an account");
    }
    sqlx::query("delete from account where email_confirmed_at is null")
        .execute(&pool)
        .await
        .unwrap();

    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(account::respell_emails(db).await.unwrap(), 1);
    assert_eq!(account::respell_emails(db).await.unwrap(), 0);
    let stored: String = sqlx::query_scalar("select email from account")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(stored, "a1@xn--kse-qla.de");
    Client::new(&site)
        .sign_in("a1@käse.de", "stepped gable lantern")
        .await
        .is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_accounts_with_equivalent_emails_both_keep_working(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    sign_up(&mut client, "a1@xn--kse-qla.de", "stepped gable lantern")
        .await
        .is(303);
    sign_up(&mut client, "a1@example.de", "a brass weather vane")
        .await
        .is(303);
    sqlx::query("update account set email = 'a1@käse.de' where email = 'a1@example.de'")
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(account::respell_emails(db).await.unwrap(), 0);
    // Each is found by its own spelling, as before.
    let mut first = Client::new(&site);
    first
        .sign_in("a1@xn--kse-qla.de", "stepped gable lantern")
        .await
        .is(303);
    let mut second = Client::new(&site);
    second
        .sign_in("a1@käse.de", "a brass weather vane")
        .await
        .is(303);
    first
        .get("/account")
        .await
        .is(200)
        .says("a1@xn--kse-qla.de");
    second.get("/account").await.is(200).says("a1@käse.de");
}
