//! Accounts whose address is not confirmed: who can sign in to them, and that they tell nothing about the address.

use crate::support::{
    Answer, Client, PASSWORD, count, link_in_letter, secret_in, send_letters, site, strict_site,
    subjects, text_of,
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use serde_json::Value;
use sqlx::PgPool;

/// Signs up with this name and password.
async fn sign_up(client: &mut Client, name: &str, email: &str, password: &str) -> Answer {
    let fields = [
        ("role", "buyer"),
        ("name", name),
        ("email", email),
        ("password", password),
    ];
    client.post("/sign-up", &fields).await.is(303)
}

/// What an export of the account says of its letters, without times.
async fn exported_letters(client: &mut Client, password: &str) -> String {
    let proof = [("present_password", password)];
    let asked = client.post("/account/export", &proof).await.is(303);
    let (_, query) = asked.location().split_once('?').unwrap();
    let file = format!("/account/export/file?format=json&{query}");
    let export: Value = serde_json::from_str(&client.get(&file).await.is(200).body).unwrap();
    let letters = export["letters"].as_array().unwrap().iter();
    let without_times = |letter: &Value| {
        let fields = letter.as_object().unwrap().iter();
        let fields = fields.map(|(field, value)| match field.ends_with("_at") {
            true => format!("{field}: {}", value.is_null()),
            false => format!("{field}: {value}"),
        });
        fields.collect::<Vec<_>>().join(", ")
    };
    letters.map(without_times).collect::<Vec<_>>().join("\n")
}

/// Everything that a stranger can try who signs up with an address: each step with its status, the names of its cookies
/// and its words, without the address and without digits.
async fn probe(site: &Router, pool: &PgPool, email: &str) -> Vec<String> {
    const OWN: &str = "another fine lantern";
    let mut stranger = Client::new(site);
    let mut steps = vec![sign_up(&mut stranger, "Mallory", email, OWN).await];
    send_letters(pool).await;
    steps.push(stranger.get("/confirm-email").await);
    steps.push(stranger.post("/confirm-email", &[]).await);
    steps.push(Client::new(site).sign_in(email, OWN).await);
    steps.push(stranger.sign_in(email, "a wrong password").await);
    steps.push(stranger.sign_in(email, OWN).await);
    send_letters(pool).await;
    steps.push(stranger.get("/account").await);
    steps.push(stranger.get("/confirm-email").await);
    steps.push(stranger.post("/confirm-email", &[]).await);
    steps.push(stranger.get("/account/security").await);
    steps.push(stranger.post("/sign-out", &[]).await);
    steps.push(stranger.sign_in(email, OWN).await);
    steps.push(sign_up(&mut stranger, "Mallory", email, OWN).await);
    steps.push(stranger.sign_in(email, OWN).await);
    steps.push(stranger.post("/reset-password", &[("email", email)]).await);
    send_letters(pool).await;
    // Without the cookie that tells which account the browser opened.
    stranger.set_cookie("guildhall-device", "none");
    steps.push(stranger.post("/sign-out", &[]).await);
    steps.push(stranger.post("/confirm-email", &[]).await);
    send_letters(pool).await;
    steps.push(stranger.get("/confirm-email").await);
    // Another account of the stranger's changes to the address.
    let mut other = Client::new(site);
    let own = format!("mallory.{email}");
    steps.push(sign_up(&mut other, "Mallory", &own, OWN).await);
    steps.push(other.sign_in(&own, OWN).await);
    let change = [("email", email), ("present_password", OWN)];
    steps.push(other.post("/account/email", &change).await);
    send_letters(pool).await;
    steps.push(other.get("/account").await);
    steps.push(other.get("/confirm-email").await);
    let letters = exported_letters(&mut other, OWN).await;
    let without_address = |text: String| text.replace(email, "(address)");
    let steps = steps.iter().map(|step| {
        let cookies = step.headers.get_all("set-cookie").iter();
        let cookies: Vec<_> = cookies
            .filter_map(|cookie| cookie.to_str().unwrap().split('=').next())
            .collect();
        // Times differ, because the addresses are tried one after the other.
        let words = without_address(text_of(&step.body)).replace(|c: char| c.is_ascii_digit(), "0");
        let location = step.header("location");
        format!("{} {location:?} {cookies:?} {words}", step.status)
    });
    steps.chain([without_address(letters)]).collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nothing_a_stranger_can_try_tells_whether_an_address_has_an_account(pool: PgPool) {
    let site = site(&pool, &[]);
    Client::member(&site, "seller", "ada@example.com").await;
    // Who had an address until yesterday can get it back, and nobody learns that either.
    let mut bea = Client::member(&site, "buyer", "bea@example.com").await;
    let fields = [("email", "new@example.com"), ("present_password", PASSWORD)];
    bea.post("/account/email", &fields).await.is(303);
    let link = link_in_letter(&pool, "new@example.com").await;
    let secret = [("secret", secret_in(&link))];
    bea.post("/confirm-email/link", &secret).await.is(200);
    let site = strict_site(&pool);
    let mut probes = Vec::new();
    for email in ["ada@example.com", "bea@example.com", "eve@example.com"] {
        sqlx::query("truncate quota").execute(&pool).await.unwrap();
        probes.push(probe(&site, &pool, email).await);
    }
    let [known, former, unknown] = &probes[..] else {
        unreachable!()
    };
    for ((known, former), unknown) in known.iter().zip(former).zip(unknown) {
        assert_eq!(known, unknown);
        assert_eq!(former, unknown);
    }
    // The stranger can't confirm the address, and the letters tell its owner.
    let told = subjects(&pool, "ada@example.com").await;
    assert!(told.contains(&"You already have an account".to_owned()));
    assert!(!told.iter().any(|told| told.starts_with("Confirm")));
    let told = subjects(&pool, "bea@example.com").await;
    assert!(told.contains(&"This address can't be used yet".to_owned()));
    let told = subjects(&pool, "eve@example.com").await;
    assert!(told.contains(&"Confirm your e-mail address".to_owned()));
    assert!(!told.contains(&"You already have an account".to_owned()));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unconfirmed_account_opens_only_in_the_browser_that_signed_up(pool: PgPool) {
    let site = strict_site(&pool);
    let mut laptop = Client::new(&site);
    sign_up(&mut laptop, "Ada", "ada@example.com", PASSWORD).await;
    let link = link_in_letter(&pool, "ada@example.com").await;
    let mut phone = Client::new(&site);
    phone
        .sign_in("ada@example.com", PASSWORD)
        .await
        .is(422)
        .says("first confirm your address with the link");
    laptop.sign_in("ada@example.com", PASSWORD).await.is(303);
    laptop.get("/dashboard").await.is(200);
    let secret = [("secret", secret_in(&link))];
    phone.post("/confirm-email/link", &secret).await.is(200);
    phone.sign_in("ada@example.com", PASSWORD).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_stranger_who_signs_up_with_an_address_gets_nothing_of_its_owner(pool: PgPool) {
    let site = strict_site(&pool);
    let (mut ada, mut mallory) = (Client::new(&site), Client::new(&site));
    sign_up(&mut ada, "Ada", "ada@example.com", PASSWORD).await;
    send_letters(&pool).await;
    sign_up(
        &mut mallory,
        "Mallory",
        "ada@example.com",
        "another fine lantern",
    )
    .await;
    mallory
        .sign_in("ada@example.com", "another fine lantern")
        .await
        .is(303);
    // Ada, who expects a letter, opens the one for the stranger's account. In her browser it confirms hers.
    let strangers = link_in_letter(&pool, "ada@example.com").await;
    // A browser that knows neither account confirms none: nobody could tell whose it is.
    let phone = Client::new(&site).get(&strangers).await.is(409);
    phone.says("More than one account was opened with this address.");
    ada.get(&strangers).await.is(200).says("Ada");
    let secret = [("secret", secret_in(&strangers))];
    for _ in 0..2 {
        ada.post("/confirm-email/link", &secret).await.is(200);
    }
    ada.sign_in("ada@example.com", PASSWORD).await.is(303);
    let confirmed = "account where name = 'Ada' and email_confirmed_at is not null";
    assert_eq!(count(&pool, confirmed).await, 1);
    // The other link does nothing any more in a browser that did not sign up with the address, and nothing for the stranger.
    Client::new(&site).get(&strangers).await.is(409);
    mallory
        .post("/confirm-email/link", &secret)
        .await
        .is(409)
        .says("Another account uses this address");
    Client::new(&site)
        .sign_in("ada@example.com", "another fine lantern")
        .await
        .is(422);
    Client::new(&site)
        .sign_in("ada@example.com", PASSWORD)
        .await
        .is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_guesser_who_signs_up_with_the_address_is_slowed_down_as_any_other(pool: PgPool) {
    const OWN: &str = "another fine lantern";
    let site = strict_site(&pool);
    sign_up(&mut Client::new(&site), "Ada", "ada@example.com", PASSWORD).await;
    let mut mallory = Client::new(&site);
    sign_up(&mut mallory, "Mallory", "ada@example.com", OWN).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        for password in ["a wrong password", OWN] {
            let answer = mallory.sign_in("ada@example.com", password).await;
            statuses.push(answer.status.as_u16());
        }
    }
    assert_eq!(statuses[..4], [422, 303, 422, 303]);
    assert!(statuses[4..].contains(&429), "{statuses:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_stranger_with_the_address_does_not_stop_its_owners_letters(pool: PgPool) {
    const OWN: &str = "another fine lantern";
    let site = site(&pool, &[]);
    Client::member(&site, "seller", "ada@example.com").await;
    let mut mallory = Client::new(&site);
    sign_up(&mut mallory, "Mallory", "ada@example.com", OWN).await;
    mallory.sign_in("ada@example.com", OWN).await.is(303);
    send_letters(&pool).await;
    let forgotten = [("email", "ada@example.com")];
    let asked = Client::new(&site).post("/reset-password", &forgotten).await;
    asked.is(200);
    let fields = [
        ("present_password", OWN),
        ("new_password", "harbour lamp in the fog"),
    ];
    mallory.post("/account/password", &fields).await.is(303);
    let told = subjects(&pool, "ada@example.com").await;
    assert_eq!(told.last().unwrap(), "Choose a new password");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_strangers_change_to_the_address_does_not_take_it_from_who_signs_up(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut mallory = Client::member(&site, "seller", "mallory@example.com").await;
    let strict = strict_site(&pool);
    let mut ada = Client::new(&strict);
    sign_up(&mut ada, "Ada", "ada@example.com", PASSWORD).await;
    send_letters(&pool).await;
    let change = [("email", "ada@example.com"), ("present_password", PASSWORD)];
    mallory.post("/account/email", &change).await.is(303);
    let link = link_in_letter(&pool, "ada@example.com").await;
    Client::new(&strict).get(&link).await.is(409);
    let secret = [("secret", secret_in(&link))];
    ada.post("/confirm-email/link", &secret).await.is(200);
    let confirmed = "account where name = 'Ada' and email_confirmed_at is not null";
    assert_eq!(count(&pool, confirmed).await, 1);
    mallory.get("/account").await.says("mallory@example.com");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_password_before_the_confirmation_is_for_the_account_of_the_browser_that_asked(
    pool: PgPool,
) {
    let site = strict_site(&pool);
    let mut ada = Client::new(&site);
    sign_up(&mut ada, "Ada", "ada@example.com", PASSWORD).await;
    let later = &mut Client::new(&site);
    sign_up(later, "Mallory", "ada@example.com", "another fine lantern").await;
    send_letters(&pool).await;
    let forgotten = [("email", "ada@example.com")];
    ada.post("/reset-password", &forgotten).await.is(200);
    let link = link_in_letter(&pool, "ada@example.com").await;
    let new = "harbour lamp in the fog";
    let fields = [("secret", secret_in(&link)), ("new_password", new)];
    // On another device, where the mail is read.
    let mut phone = Client::new(&site);
    phone.post("/reset-password/link", &fields).await.is(200);
    phone.sign_in("ada@example.com", new).await.is(303);
    phone.get("/account").await.is(200).says("Ada");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_stranger_neither_ends_nor_uses_up_the_letters_of_who_signs_up(pool: PgPool) {
    const OWN: &str = "another fine lantern";
    let site = strict_site(&pool);
    let mut ada = Client::new(&site);
    sign_up(&mut ada, "Ada", "ada@example.com", PASSWORD).await;
    let mut mallory = Client::new(&site);
    sign_up(&mut mallory, "Mallory", "ada@example.com", OWN).await;
    mallory.sign_in("ada@example.com", OWN).await.is(303);
    send_letters(&pool).await;
    // The same form again, and letters for a browser that has opened no account, send nothing and count nothing.
    let mut nobody = Client::new(&site);
    sign_up(&mut nobody, "Mallory", "ada@example.com", OWN).await;
    nobody.set_cookie("guildhall-device", "none");
    for _ in 0..10 {
        nobody.post("/confirm-email", &[]).await.is(303);
    }
    send_letters(&pool).await;
    ada.post("/confirm-email", &[]).await.is(303);
    let told = subjects(&pool, "ada@example.com").await;
    assert_eq!(told.len(), 4, "{told:?}");

    // On a device that knows neither account, Ada asks for a new password. The link is for the newest account.
    let mut phone = Client::new(&site);
    let forgotten = [("email", "ada@example.com")];
    phone.post("/reset-password", &forgotten).await.is(200);
    let link = link_in_letter(&pool, "ada@example.com").await;
    let fields = [
        ("present_password", OWN),
        ("new_password", "harbour lamp in the fog"),
    ];
    mallory.post("/account/password", &fields).await.is(303);
    phone
        .get(&link)
        .await
        .is(200)
        .says("For the account Mallory");
    // A link that a stranger asks for, who then has another address, is for the owner.
    mallory.post("/reset-password", &forgotten).await.is(200);
    let moved = [
        ("email", "mallory@example.com"),
        ("present_password", "harbour lamp in the fog"),
    ];
    mallory.post("/account/email", &moved).await.is(303);
    let link = link_in_letter(&pool, "ada@example.com").await;
    phone
        .get(&link)
        .await
        .is(200)
        .says("with the address ada@example.com");
}
