//! `guildhall mail test`.

use crate::{program, relay::Relay};

#[tokio::test]
async fn a_test_letter_is_sent_and_the_relays_answer_printed() {
    let mut relay = Relay::start("implicit+auth").await;
    let done = relay
        .test_command("smtps://ada:p%40ss%20w%2Ford@HOST", "bea@example.com")
        .output()
        .await
        .unwrap();
    let output = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{output}");
    assert!(
        output.contains("The relay accepted a letter to bea@example.com: 250 2.0.0 Queued as 4bZ7"),
        "{output}"
    );
    let (_, got) = relay.received().await;
    assert_eq!(got.header("Subject"), "Guildhall can send mail");
}

#[tokio::test]
async fn a_failed_test_says_why_without_the_password() {
    let relay = Relay::start("implicit+auth").await;
    for (url, address, text) in [
        (
            "smtps://ada:s3cr3t@HOST",
            "bea@example.com",
            "the mail settings are wrong: 535",
        ),
        (
            "smtps://ada:s3cr3t@HOST",
            "bea",
            "\"bea\" is not an e-mail address",
        ),
        ("smtps://ada:s3cr3t@", "bea@example.com", "SMTP_URL must"),
        (
            "smtps://s3cr3t@HOST",
            "bea@example.com",
            "both a user and a password",
        ),
        (
            "https://ada:s3cr3t@HOST",
            "bea@example.com",
            "must begin with smtps:// or smtp://",
        ),
        (
            "smtp://ada:s3cr3t@HOST?tls=maybe",
            "bea@example.com",
            "tls=required, tls=opportunistic or tls=none",
        ),
        (
            "smtps://ada:s3cr3t@HOST?tls=none",
            "bea@example.com",
            "always encrypted",
        ),
        (
            "smtps://ada:s3cr3t@HOST?timeout=0",
            "bea@example.com",
            "1 to 600 seconds",
        ),
        (
            "smtps://ada:s3cr3t@HOST?verify=no",
            "bea@example.com",
            "only tls and timeout",
        ),
        ("", "bea@example.com", "SMTP_URL is not set"),
    ] {
        let done = relay
            .test_command(url, address)
            .env("RUST_LOG", "debug")
            .output()
            .await
            .unwrap();
        let output = String::from_utf8_lossy(&done.stderr);
        assert!(
            !done.status.success() && output.contains(text),
            "{url}: {output}"
        );
        assert!(
            !output.contains("s3cr3t") && done.stdout.is_empty(),
            "{output}"
        );
        let lines = output
            .lines()
            .filter(|line| line.starts_with("guildhall: "))
            .count();
        assert_eq!(lines, 1, "{output}");
    }
}

#[tokio::test]
async fn help_names_the_settings_without_their_values() {
    let help = program::guildhall(&["serve", "--help"])
        .env("SMTP_URL", "smtps://ada:s3cr3t@smtp.example.com")
        .output()
        .await
        .unwrap();
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for word in ["SMTP_URL", "MAIL_FROM", "SMTP_CA"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(!help.contains("s3cr3t"));
}
