//! Signing up, which does not reveal who has an account.

use crate::support::{
    Answer, Client, PASSWORD, count, link_in_letter, secret_in, site, strict_site, subjects,
    text_of,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_up_answers_the_same_whether_the_email_is_known_or_not(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut first, mut second) = (Client::new(&site), Client::new(&site));
    let new = first.sign_up("seller", "ada@example.com").await.is(303);
    let known = second
        .post(
            "/sign-up",
            &[
                ("role", "buyer"),
                ("name", "Mallory"),
                ("email", "ADA@example.com"),
                ("password", "another fine lantern"),
            ],
        )
        .await
        .is(303);
    assert_eq!(new.location(), known.location());
    let words = |answer: Answer| text_of(&answer.body);
    assert_eq!(
        words(first.get(new.location()).await.is(200)).replace("ada@", "ADA@"),
        words(second.get(known.location()).await.is(200))
    );
    for client in [&mut first, &mut second] {
        let again = client.post("/confirm-email", &[]).await.is(303);
        assert_eq!(again.location(), "/confirm-email");
    }
    // The account is as its owner created it.
    first.sign_in("ada@example.com", PASSWORD).await.is(303);
    first
        .sign_in("ada@example.com", "another fine lantern")
        .await
        .is(422);
    // Only the owner learns that somebody tried, by a letter each time. The owner's own browser has nothing to confirm.
    let letters = subjects(&pool, "ada@example.com").await;
    assert_eq!(letters, ["You already have an account"; 2]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_sign_up_reports_every_field_and_stores_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    let answer = client
        .post(
            "/sign-up",
            &[
                ("role", "admin"),
                ("name", "A\u{202e}da"),
                ("email", "ada"),
                ("password", "short"),
            ],
        )
        .await
        .is(422);
    for id in ["role-error", "name-error", "email-error", "password-error"] {
        assert!(
            answer.body.contains(&format!("id=\"{id}\"")),
            "{id} is missing"
        );
    }
    assert!(answer.body.contains("<title>Error: "));
    assert!(!answer.body.contains("value=\"short\""));
    let long = "x".repeat(81);
    client
        .post(
            "/sign-up",
            &[
                ("role", "buyer"),
                ("name", &long),
                ("email", "a@example.com"),
                ("password", PASSWORD),
            ],
        )
        .await
        .is(422)
        .says("at most 80");
    client.post("/sign-up", &[]).await.is(422);
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_account_continues_where_its_owner_wanted_to_go(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let project = seller.publish(&pool, "A shop window", 3600).await;
    let mut new = Client::new(&strict_site(&pool));
    let links = |page: &Answer, link: &str| {
        let link = format!("href=\"{link}\"");
        assert!(page.body.contains(&link), "{link} is missing");
    };
    let (sign_up, sign_in) = (
        format!("/sign-up?next={project}"),
        format!("/sign-in?next={project}"),
    );
    links(&new.get(&project).await, &sign_up);
    links(&new.get(&sign_in).await, &sign_up);
    let form = new.get(&sign_up).await;
    links(&form, &sign_in);
    let field = format!("name=\"next\" value=\"{project}\"");
    assert!(form.body.contains(&field));
    let account = [
        ("role", "buyer"),
        ("name", "Bea"),
        ("email", "bea@example.com"),
        ("password", PASSWORD),
    ];
    let mut typed = account.to_vec();
    typed.push(("next", &project));
    let refused = new.post("/sign-up", &typed[1..]).await.is(422);
    assert!(refused.body.contains(&field), "a refused form keeps it");
    let done = new.post("/sign-up", &typed).await.is(303);
    assert_eq!(done.location(), format!("/confirm-email?next={project}"));
    links(&new.get(done.location()).await.is(200), &sign_in);
    let form = new.get(&sign_in).await.is(200);
    assert!(form.body.contains("value=\"bea@example.com\"") && form.body.contains(&field));
    let typed = [
        ("email", "bea@example.com"),
        ("password", PASSWORD),
        ("next", project.as_str()),
    ];
    // The link in the letter leads on to the same place.
    let link = link_in_letter(&pool, "bea@example.com").await;
    let secret = [("secret", secret_in(&link))];
    let confirmed = new.post("/confirm-email/link", &secret).await.is(200);
    links(&confirmed, &sign_in);
    let signed_in = new.post("/sign-in", &typed).await.is(303);
    assert_eq!(signed_in.location(), project);

    let mut typed = account.to_vec();
    typed.push(("next", "//evil.example"));
    let elsewhere = Client::new(&site).post("/sign-up", &typed).await.is(303);
    assert_eq!(elsewhere.location(), "/confirm-email");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_that_is_sent_twice_opens_one_account(pool: PgPool) {
    let site = strict_site(&pool);
    let key = uuid::Uuid::new_v4().to_string();
    let send = async |client: &mut Client, email: &str, password: &str| {
        let fields = [
            ("role", "buyer"),
            ("name", "Ada"),
            ("email", email),
            ("password", password),
            ("form_key", &*key),
        ];
        client.post("/sign-up", &fields).await.is(303);
    };
    let mut ada = Client::new(&site);
    // Twice at once, before the browser has any cookie, so that the cookies of one answer are lost.
    let mut lost = Client::new(&site);
    let (address, password) = ("ada@example.com", "another fine lantern");
    tokio::join!(
        send(&mut lost, address, password),
        send(&mut ada, address, password)
    );
    assert_eq!(count(&pool, "account").await, 1);
    assert_eq!(subjects(&pool, address).await.len(), 1);
    ada.sign_in(address, password).await.is(303);
    // Back in the form, its sender chooses another password.
    send(&mut ada, address, PASSWORD).await;
    assert_eq!(count(&pool, "account").await, 1);
    ada.sign_in(address, password).await.is(422);
    ada.sign_in(address, PASSWORD).await.is(303);
    // With another address, it is another account.
    send(&mut ada, "eve@example.com", PASSWORD).await;
    assert_eq!(count(&pool, "account").await, 2);
}
