//! Two-factor authentication: what it asks for, and when.

use crate::support::{
    Client, PASSWORD,
    authenticator::{codes_grow_old, next_code, turn_on},
    count, site,
};
use guildhall::store::MIGRATIONS;
use sqlx::{ConnectOptions, PgPool};

const EMAIL: &str = "ada@example.com";
const NEW: &str = "harbour lamp in the fog";

async fn enter(client: &mut Client, code: &str) -> crate::support::Answer {
    client.post("/sign-in/code", &[("code", code)]).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_password_alone_signs_nobody_in(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (app, codes) = turn_on(&mut ada).await;
    assert_eq!(codes.len(), 10);
    ada.get("/account").await.is(200).says("It is on");
    let sign_ins = count(&pool, "sign_in_log").await;

    let mut thief = Client::new(&site);
    let fields = [
        ("email", EMAIL),
        ("password", PASSWORD),
        ("next", "/account/tokens"),
    ];
    let asked = thief.post("/sign-in", &fields).await.is(303);
    assert_eq!(asked.location(), "/sign-in/code");
    thief.get("/account").await.is(303);
    assert_eq!(thief.cookie("guildhall-device"), None);
    assert_eq!(count(&pool, "sign_in_log").await, sign_ins);
    let page = thief.get("/sign-in/code").await.is(200);
    assert_eq!(page.header("cache-control"), "no-store");
    // The code that turned it on was used; none at all, and one that nobody has.
    for wrong in [&app.first_code, "", "what?", "0000-0000-0000-0000"] {
        let refused = enter(&mut thief, wrong).await.is(422);
        assert!(refused.body.contains("id=\"code-error\""), "{wrong}");
    }
    thief.get("/account").await.is(303);

    next_code(&pool).await;
    let signed_in = enter(&mut thief, &app.code()).await.is(303);
    assert_eq!(signed_in.location(), "/account/tokens");
    thief.get("/account").await.is(200);
    assert_eq!(count(&pool, "sign_in_log").await, sign_ins + 1);
    // The form came twice: the visitor stays signed in.
    let twice = enter(&mut thief, &codes[0]).await.is(303);
    assert_eq!(twice.location(), "/dashboard");
    thief.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_setup_that_is_sent_twice_shows_codes_both_times(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (app, codes) = turn_on(&mut ada).await;
    let again = [("code", app.first_code.as_str())];
    let answer = ada.post("/account/two-factor/on", &again).await.is(200);
    let answer = answer.says("Your recovery codes");
    assert!(!answer.body.contains(&codes[0]));
    let over = ada.get("/account/two-factor/setup").await.is(303);
    assert_eq!(over.location(), "/account/two-factor");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_recovery_code_signs_in_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (_, codes) = turn_on(&mut ada).await;
    for (code, status) in [(&codes[0], 303), (&codes[0], 422), (&codes[1], 303)] {
        let mut phone = Client::new(&site);
        phone.sign_in(EMAIL, PASSWORD).await.is(303);
        enter(&mut phone, &code.to_uppercase()).await.is(status);
    }
    ada.get("/account/two-factor")
        .await
        .is(200)
        .says("8 of 10 recovery codes left");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_code_has_to_follow_the_password_within_ten_minutes_and_in_the_same_browser(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (app, _) = turn_on(&mut ada).await;
    next_code(&pool).await;
    let mut other = Client::new(&site);
    other.get("/sign-in/code").await.is(303);
    assert_eq!(
        enter(&mut other, &app.code()).await.is(303).location(),
        "/sign-in"
    );
    other.get("/account").await.is(303);

    let mut phone = Client::new(&site);
    phone.sign_in(EMAIL, PASSWORD).await.is(303);
    codes_grow_old(&pool).await;
    assert_eq!(
        enter(&mut phone, &app.code()).await.is(303).location(),
        "/sign-in"
    );
    phone
        .get("/sign-in")
        .await
        .is(200)
        .says("The ten minutes for entering the code are over");
    phone.get("/account").await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_password_changed_meanwhile_ends_the_sign_in(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (app, _) = turn_on(&mut ada).await;
    let mut thief = Client::new(&site);
    thief.sign_in(EMAIL, PASSWORD).await.is(303);
    let change = [("present_password", PASSWORD), ("new_password", NEW)];
    ada.post("/account/password", &change).await.is(303);
    next_code(&pool).await;
    let again = enter(&mut thief, &app.code()).await.is(303);
    assert_eq!(again.location(), "/sign-in");
    thief.get("/sign-in").await.is(200).says("Sign in again");
    thief.get("/account").await.is(303);
    ada.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_trusted_browser_is_not_asked_again_until_its_owner_says_so(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (app, codes) = turn_on(&mut ada).await;
    next_code(&pool).await;
    let mut phone = Client::new(&site);
    phone.sign_in(EMAIL, PASSWORD).await.is(303);
    let fields = [("code", app.code()), ("trust", "yes".to_owned())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    phone.post("/sign-in/code", &fields).await.is(303);
    phone.post("/sign-out", &[]).await.is(303);
    let trusted = phone.sign_in(EMAIL, PASSWORD).await.is(303);
    assert_eq!(trusted.location(), "/dashboard");
    ada.get("/account/two-factor")
        .await
        .is(200)
        .says("They are not asked for a code");

    ada.post("/account/two-factor/browsers/forget", &[])
        .await
        .is(303);
    phone.post("/sign-out", &[]).await.is(303);
    let asked = phone.sign_in(EMAIL, PASSWORD).await.is(303);
    assert_eq!(asked.location(), "/sign-in/code");
    // A browser that only entered a code is asked again.
    enter(&mut phone, &codes[0]).await.is(303);
    phone.post("/sign-out", &[]).await.is(303);
    let asked = phone.sign_in(EMAIL, PASSWORD).await.is(303);
    assert_eq!(asked.location(), "/sign-in/code");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_changes_how_one_signs_in_asks_for_a_code_again(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let (app, codes) = turn_on(&mut ada).await;
    codes_grow_old(&pool).await;
    let acts: [(&str, &[(&str, &str)]); 6] = [
        ("/account/password", &[("new_password", NEW)]),
        ("/account/email", &[("email", "new@example.com")]),
        ("/account/export", &[]),
        ("/account/erasure", &[]),
        ("/account/two-factor/codes", &[]),
        ("/account/two-factor/off", &[]),
    ];
    for (path, fields) in acts {
        let mut fields = fields.to_vec();
        fields.push(("present_password", PASSWORD));
        let refused = ada.post(path, &fields).await.is(422);
        assert!(refused.body.contains("id=\"code-error\""), "{path}");
        fields.push(("code", "000000"));
        ada.post(path, &fields).await.is(422);
    }
    // A code is as good as the password it comes with.
    next_code(&pool).await;
    let code = app.code();
    let wrong = [("present_password", "not this one"), ("code", &code)];
    ada.post("/account/two-factor/off", &wrong).await.is(422);
    let right = [("present_password", PASSWORD), ("code", &code)];
    let renewed = ada.post("/account/two-factor/codes", &right).await.is(200);
    assert!(!renewed.body.contains(&codes[0]));
    // For ten minutes, no other code is asked for: the next one takes half a minute.
    let password = [("present_password", PASSWORD)];
    ada.post("/account/two-factor/off", &password).await.is(303);
    ada.get("/account/two-factor")
        .await
        .is(200)
        .says("It is off");
    assert_eq!(count(&pool, "second_factor").await, 0);
    ada.post("/account/two-factor/off", &password).await.is(409);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_setup_asks_for_the_password_and_is_for_its_own_session(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    ada.get("/account/two-factor/setup").await.is(303);
    ada.post("/account/two-factor/on", &[("code", "000000")])
        .await
        .is(303);
    let wrong = [("present_password", "not this one")];
    ada.post("/account/two-factor/setup", &wrong).await.is(422);
    ada.get("/account/two-factor/setup").await.is(303);

    let right = [("present_password", PASSWORD)];
    ada.post("/account/two-factor/setup", &right).await.is(303);
    let page = ada.get("/account/two-factor/setup").await.is(200);
    assert_eq!(page.header("cache-control"), "no-store");
    // The page can be loaded again: it shows the same key.
    let again = ada.get("/account/two-factor/setup").await.is(200);
    let key = |body: &str| body.split_once("class=\"setup-key\">").unwrap().1[..39].to_owned();
    assert_eq!(key(&page.body), key(&again.body));
    let mut phone = Client::new(&site);
    phone.sign_in(EMAIL, PASSWORD).await.is(303);
    phone.get("/account/two-factor/setup").await.is(303);
    ada.post("/account/two-factor/on", &[("code", "000000")])
        .await
        .is(422)
        .says("This code isn't right");
    assert_eq!(count(&pool, "second_factor").await, 0);
    phone.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_without_the_password_can_guess_at_no_codes(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    turn_on(&mut ada).await;
    codes_grow_old(&pool).await;
    let guess = [
        ("present_password", "not this one"),
        ("code", "000000"),
        ("new_password", NEW),
    ];
    for path in [
        "/account/password",
        "/account/two-factor/off",
        "/account/export",
    ] {
        let refused = ada.post(path, &guess).await.is(422);
        assert!(!refused.body.contains("id=\"code-error\""), "{path}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn tokens_work_without_codes(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    turn_on(&mut ada).await;
    codes_grow_old(&pool).await;
    let key = ada.get("/account/tokens").await.is(200).form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "Ledger"),
        ("scopes", "account:read"),
        ("days", "7"),
    ];
    ada.post("/account/tokens", &fields)
        .await
        .is(200)
        .says("Your new token");
}

/// Runs `guildhall second-factor off` on the test's database; returns whether it succeeded and what it says.
async fn turn_off_for(pool: &PgPool, email: &str) -> (bool, String) {
    let url = pool.connect_options().to_url_lossy();
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["second-factor", "off", "--account", email])
        .env("DATABASE_URL", url.as_str())
        .env_remove("RUST_LOG")
        .output()
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_operator_lets_in_an_owner_who_has_lost_everything(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    turn_on(&mut ada).await;
    let (done, text) = turn_off_for(&pool, "Ada@Example.com").await;
    assert!(done, "{text}");
    let mut phone = Client::new(&site);
    let signed_in = phone.sign_in(EMAIL, PASSWORD).await.is(303);
    assert_eq!(signed_in.location(), "/dashboard");
    for (email, message) in [
        (
            EMAIL,
            "guildhall: ada@example.com has no two-factor authentication\n",
        ),
        (
            "bob@example.com",
            "guildhall: no account has the e-mail address bob@example.com\n",
        ),
    ] {
        let (done, text) = turn_off_for(&pool, email).await;
        assert_eq!((done, text.as_str()), (false, message));
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn turning_it_on_ends_the_other_sessions_and_is_in_the_log(pool: PgPool) {
    use crate::support::audit::{record, start_recording};
    let site = site(&pool, &[]);
    start_recording(&pool).await;
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let mut thief = Client::new(&site);
    thief.sign_in(EMAIL, PASSWORD).await.is(303);
    turn_on(&mut ada).await;
    thief.get("/account").await.is(303);
    ada.get("/account").await.is(200);
    // The other acts are in it, too.
    let password = [("present_password", PASSWORD)];
    ada.post("/account/two-factor/codes", &password)
        .await
        .is(200);
    let mut phone = Client::new(&site);
    phone.sign_in(EMAIL, PASSWORD).await.is(303);
    for wrong in 0..5 {
        enter(&mut phone, &format!("00000{wrong}")).await;
    }
    ada.post("/account/two-factor/off", &password).await.is(303);
    record(&pool).await;
    ada.get("/account/security")
        .await
        .is(200)
        .says("Two-factor authentication turned on")
        .says("Recovery codes renewed")
        .says("Five wrong codes")
        .says("Two-factor authentication turned off");
}
