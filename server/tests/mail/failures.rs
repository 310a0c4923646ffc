//! The outcome when a relay refuses, defers, hangs, breaks off, or is not the one it claims to be.

use crate::{letter, relay::Relay};
use server::mail::{Mailer, SendError};
use std::time::{Duration, Instant};

async fn outcome(mailer: &Mailer) -> SendError {
    mailer
        .send(&letter("bea@example.com", "Bea", "Outbid"))
        .await
        .unwrap_err()
}

const PLAIN: &str = "smtp://HOST?tls=none&timeout=1";

#[tokio::test]
async fn each_refusal_says_what_it_is_about() {
    for (behavior, name, text) in [
        (
            "550",
            "address-refused",
            "550 5.1.1 No such user here (naming the recipient)",
        ),
        (
            "451",
            "temporary",
            "451 4.7.1 Greylisted, try again later (naming the recipient)",
        ),
        (
            "denied",
            "misconfigured",
            "554 5.7.1 Relay access denied (naming the recipient)",
        ),
        (
            "spam",
            "letter-refused",
            "554 5.7.1 This looks like spam (ending the message)",
        ),
        (
            "full",
            "temporary",
            "452 4.3.1 The disk is full (ending the message)",
        ),
    ] {
        let relay = Relay::start(behavior).await;
        let error = outcome(&relay.mailer(PLAIN)).await;
        assert_eq!(error.name(), name, "{behavior}: {error}");
        assert!(error.to_string().contains(text), "{behavior}: {error}");
    }
}

#[tokio::test]
async fn a_refused_letter_does_not_spoil_the_next_one() {
    let mut relay = Relay::start("full").await;
    let mailer = relay.mailer(PLAIN);
    for _ in 0..2 {
        assert_eq!(outcome(&mailer).await.name(), "temporary");
        relay.received().await;
    }
    assert_eq!(mailer.counts().temporary, 2);
}

#[tokio::test]
async fn a_relay_that_hangs_costs_only_the_time_limit() {
    let relay = Relay::start("hang").await;
    let mailer = relay.mailer(PLAIN);
    let began = Instant::now();
    let error = outcome(&mailer).await;
    assert!(
        matches!(&error, SendError::Temporary(text) if text.contains("within 1 s (starting the message)")),
        "{error}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_relay_that_breaks_off_in_the_middle_is_tried_again_later() {
    let relay = Relay::start("drop").await;
    let error = outcome(&relay.mailer(PLAIN)).await;
    assert!(matches!(error, SendError::Temporary(_)), "{error}");
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_tried_again_later() {
    let relay = Relay::start("plain").await;
    let mailer = relay.mailer(PLAIN);
    drop(relay);
    let error = outcome(&mailer).await;
    assert!(matches!(error, SendError::Temporary(_)), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_name_gets_neither_password_nor_mail() {
    for (behavior, url) in [
        ("implicit+auth", "smtps://ada:p%40ss@HOST"),
        ("starttls+auth", "smtp://ada:p%40ss@HOST?tls=required"),
        ("starttls+auth", "smtp://ada:p%40ss@HOST?tls=opportunistic"),
    ] {
        let relay = Relay::with_name(behavior, "other.example").await;
        let error = outcome(&relay.mailer(url)).await;
        assert!(
            matches!(&error, SendError::Misconfigured(text) if text.contains("secure connection")),
            "{behavior}: {error:?}"
        );
    }
}

#[tokio::test]
async fn wrong_settings_are_the_operators_problem_and_not_the_letters() {
    for (behavior, url, text) in [
        ("implicit+auth", "smtps://ada:wrong@HOST", "535 5.7.8"),
        ("implicit+auth", "smtps://HOST", "530 5.7.0"),
        ("plain", "smtp://HOST?tls=required", "STARTTLS"),
        ("plain", "smtp://ada:p@HOST?tls=none", "535 5.7.8"),
    ] {
        let relay = Relay::start(behavior).await;
        let mailer = relay.mailer(url);
        let error = outcome(&mailer).await;
        assert!(
            matches!(error, SendError::Misconfigured(_)),
            "{url}: {error:?}"
        );
        assert!(error.to_string().contains(text), "{url}: {error}");
        assert!(error.is_worth_retrying());
        let finding = mailer.finding().unwrap().to_string();
        assert!(
            finding.starts_with("the settings are wrong, see the log; 0 sent"),
            "{finding}"
        );
    }
}

#[tokio::test]
async fn an_address_outside_ascii_is_refused_by_a_relay_that_does_not_know_them() {
    let relay = Relay::start("plain").await;
    let mailer = relay.mailer(PLAIN);
    let sent = mailer
        .send(&letter("dörte@example.com", "Dörte", "Outbid"))
        .await;
    assert!(
        matches!(sent, Err(SendError::AddressRefused(_))),
        "{sent:?}"
    );
    mailer
        .send(&letter("bea@example.com", "Bea", "Outbid"))
        .await
        .unwrap();
}
