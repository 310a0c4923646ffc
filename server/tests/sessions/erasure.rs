//! The erasure of an account, as its owner and others see it.

use crate::support::{
    Answer, Client, PASSWORD, count, link_in_letter, secret_in, send_letters, site, subjects,
    text_of,
};
use guildhall::store::MIGRATIONS;
use server::worker;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

const ADA: &str = "ada@example.com";

async fn ask(client: &mut Client, password: &str) -> Answer {
    client
        .post("/account/erasure", &[("present_password", password)])
        .await
}

async fn erase_due(pool: &PgPool) -> usize {
    let stop = CancellationToken::new();
    worker::erase_due(pool, &stop).await.unwrap()
}

/// Lets a week pass, and the worker do what is due; returns how many accounts were erased.
async fn let_week_pass(pool: &PgPool) -> usize {
    sqlx::query("update erasure set requested_at = requested_at - interval '8 days', due_at = due_at - interval '8 days' where erased_at is null")
        .execute(pool)
        .await
        .unwrap();
    erase_due(pool).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_is_erased_a_week_after_its_owner_asked(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut phone = Client::new(&site);
    phone.sign_in(ADA, PASSWORD).await.is(303);
    Client::new(&site)
        .post("/reset-password", &[("email", ADA)])
        .await
        .is(200);
    let reset = link_in_letter(&pool, ADA).await;

    ada.get("/account/erasure")
        .await
        .is(200)
        .says("What stays, and why");
    let refused = ask(&mut ada, "not my password").await.is(422);
    assert!(text_of(&refused.body).contains("This is not your current password."));
    assert_eq!(count(&pool, "erasure").await, 0);
    assert_eq!(
        ask(&mut ada, PASSWORD).await.is(303).location(),
        "/account/privacy"
    );
    for path in ["/account/privacy", "/account"] {
        ada.get(path)
            .await
            .is(200)
            .says("Your account will be erased on");
    }
    // A second request, or the same form again, changes nothing.
    ask(&mut ada, PASSWORD).await.is(303);
    assert_eq!(
        ada.get("/account/erasure").await.is(303).location(),
        "/account/privacy"
    );
    let letters = subjects(&pool, ADA).await;
    assert_eq!(
        letters
            .iter()
            .filter(|subject| *subject == "Your account will be erased")
            .count(),
        1
    );
    let keep = link_in_letter(&pool, ADA).await;
    assert_eq!(erase_due(&pool).await, 0, "not early");
    phone.get("/account").await.is(200);

    assert_eq!(let_week_pass(&pool).await, 1);
    for client in [&mut ada, &mut phone] {
        client.get("/account").await.is(303);
        let refused = client.sign_in(ADA, PASSWORD).await.is(422);
        assert!(text_of(&refused.body).contains("don't match an account"));
    }
    // Links of letters sent before are dead.
    let mut stranger = Client::new(&site);
    for link in [&reset, &keep] {
        stranger
            .get(link)
            .await
            .is(404)
            .says("This link doesn't work");
    }
    let fields = [
        ("secret", secret_in(&reset)),
        ("new_password", "harbour lamp in the fog"),
    ];
    stranger.post("/reset-password/link", &fields).await.is(404);
    stranger
        .post("/keep-account/link", &[("secret", secret_in(&keep))])
        .await
        .is(404);
    // The last letter; then nothing has the address any more.
    send_letters(&pool).await;
    let last = subjects(&pool, ADA).await;
    assert_eq!(last, ["Your account has been erased"]);
    assert_eq!(count(&pool, "account_mail").await, 0);
    // A reset tells nobody anything, and the address is free.
    stranger
        .post("/reset-password", &[("email", ADA)])
        .await
        .is(200);
    assert_eq!(subjects(&pool, ADA).await.len(), 1);
    let mut again = Client::member(&site, "seller", ADA).await;
    again.get("/account").await.is(200);
    assert_eq!(erase_due(&pool).await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_owner_keeps_the_account_by_a_button_or_by_the_letter(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    ask(&mut ada, PASSWORD).await.is(303);
    let first = link_in_letter(&pool, ADA).await;
    ada.post("/account/erasure/stop", &[]).await.is(303);
    let page = ada
        .get("/account/privacy")
        .await
        .is(200)
        .says("Your account stays.");
    assert!(!text_of(&page.body).contains("will be erased"));
    let mut anybody = Client::new(&site);
    anybody
        .get(&first)
        .await
        .is(409)
        .says("This link has been used already.");

    ask(&mut ada, PASSWORD).await.is(303);
    let second = link_in_letter(&pool, ADA).await;
    // A scanner opens the link, which uses nothing up.
    for _ in 0..2 {
        anybody.get(&second).await.is(200).says("Keep my account");
    }
    let secret = [("secret", secret_in(&second))];
    anybody
        .post("/keep-account/link", &[("secret", secret_in(&first))])
        .await
        .is(409);
    assert_eq!(count(&pool, "erasure").await, 1);
    anybody
        .post("/keep-account/link", &secret)
        .await
        .is(200)
        .says("Your account stays");
    anybody.post("/keep-account/link", &secret).await.is(409);
    assert_eq!(let_week_pass(&pool).await, 0);
    ada.get("/account").await.is(200);
    assert_eq!(count(&pool, "erasure").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_others_rely_on_keeps_an_account_and_stays_without_a_name(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = Client::member(&site, "seller", "sam@example.com").await;
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let project = sam.publish(&pool, "A window", 3600).await;
    ada.bid(&project, "700").await.is(303);
    for (client, text) in [
        (&mut sam, "Your account has an open project"),
        (&mut ada, "Your account has an active bid"),
    ] {
        client.get("/account/erasure").await.is(200).says(text);
        ask(client, PASSWORD).await.is(409).says(text);
    }
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    worker::pass(&pool).await.unwrap();
    let result = format!("{project}/result");
    ada.get(&result).await.is(200).says("sam@example.com");
    for client in [&mut sam, &mut ada] {
        ask(client, PASSWORD).await.is(303);
    }
    // No new promises.
    let next = sam.get("/projects/new").await.is(200).form_key();
    let deadline = crate::support::deadline(&pool, 3600).await;
    let fields = [
        ("form_key", next.as_str()),
        ("name", "A door"),
        ("summary", "Oak"),
        ("description", "By hand."),
        ("category", "trades"),
        ("budget", "1000"),
        ("currency", "EUR"),
        ("deadline", deadline.as_str()),
        ("time_zone", "UTC"),
        ("intent", "publish"),
    ];
    let refused = sam.post("/projects/new", &fields).await.is(409);
    assert!(text_of(&refused.body).contains("Your account is going to be erased"));
    assert!(
        refused.body.contains("A door"),
        "nothing that was typed is lost"
    );
    let mut tim = Client::member(&site, "seller", "tim@example.com").await;
    let other = tim.publish(&pool, "Another window", 3600).await;
    ada.bid(&other, "700")
        .await
        .is(409)
        .says("Your account is going to be erased");

    assert_eq!(let_week_pass(&pool).await, 2);
    let mut anybody = Client::new(&site);
    let page = anybody.get(&project).await.is(200).says("Former member");
    assert!(!page.body.contains("sam"), "the page is fresh");
    anybody.get(&result).await.is(200).says("€700.00");
    anybody.get("/archive").await.is(200).says("A window");
    assert_eq!(count(&pool, "award").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn who_is_left_over_sees_the_result_without_an_address(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = Client::member(&site, "seller", "sam@example.com").await;
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let project = sam.publish(&pool, "A window", 3600).await;
    ada.bid(&project, "700").await.is(303);
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    worker::pass(&pool).await.unwrap();
    ask(&mut ada, PASSWORD).await.is(303);
    assert_eq!(let_week_pass(&pool).await, 1);
    for path in [
        format!("{project}/result"),
        format!("{project}/award"),
        "/dashboard".to_owned(),
    ] {
        let page = sam.get(&path).await.is(200).says("Former member");
        assert!(
            !page.body.contains("erased:") && !page.body.contains(ADA),
            "{path}"
        );
    }
    let file = sam.get("/dashboard/results.csv").await.is(200);
    assert!(file.body.contains("Former member") && !file.body.contains("erased:"));
}

/// Whoever knew the password may have asked for it, too.
#[sqlx::test(migrator = "MIGRATIONS")]
async fn taking_an_account_back_keeps_it(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut thief = Client::member(&site, "buyer", ADA).await;
    let fields = [
        ("email", "thief@example.com"),
        ("present_password", PASSWORD),
    ];
    thief.post("/account/email", &fields).await.is(303);
    crate::support::confirm_address(&pool, &mut thief, "thief@example.com").await;
    let undo = link_in_letter(&pool, ADA).await;
    ask(&mut thief, PASSWORD)
        .await
        .is(409)
        .says("its former one can still undo that");
    sqlx::query(
        "insert into erasure (account_id, requested_at, due_at) select id, now(), now() from account",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(erase_due(&pool).await, 0, "it waits");
    let fields = [
        ("secret", secret_in(&undo)),
        ("new_password", "harbour lamp in the fog"),
    ];
    Client::new(&site)
        .post("/undo-email-change/link", &fields)
        .await
        .is(200);
    assert_eq!(count(&pool, "erasure").await, 0);
    assert_eq!(erase_due(&pool).await, 0);
}
