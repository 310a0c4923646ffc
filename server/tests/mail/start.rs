//! Which servers may start without a relay.

use crate::program::{Server, guildhall};
use sqlx::PgPool;

/// The message of a start that must fail, with these flags and variables.
async fn refusal(command: &[&str], variables: &[(&str, &str)]) -> String {
    let done = guildhall(command)
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap();
    let output = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success(), "{output}");
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines.len(), 1, "{output}");
    output
}

#[tokio::test]
async fn a_start_for_production_without_a_relay_is_refused_in_one_sentence() {
    const OURS: &str = "https://guildhall.example";
    for command in [
        &["serve", "--public-url", OURS][..],
        &["serve", "--public-url", OURS, "--demo"],
        &["serve", "--public-url", "http://guildhall.example"],
        &["serve", "--addr", "0.0.0.0:0"],
        &["serve", "--addr", "127.0.0.1:0", "--trusted-proxies", "1"],
        &["worker", "--public-url", OURS],
    ] {
        let output = refusal(command, &[]).await;
        assert!(
            output.contains("set SMTP_URL and MAIL_FROM"),
            "{command:?}: {output}"
        );
    }
}

#[tokio::test]
async fn a_start_with_unusable_settings_is_refused_in_one_sentence() {
    let from = ("MAIL_FROM", "Guildhall <no-reply@guildhall.example>");
    let relay = ("SMTP_URL", "smtps://ada:s3cr3t@smtp.example.com");
    for (variables, text) in [
        (&[relay][..], "SMTP_URL is set, but MAIL_FROM is not"),
        (
            &[relay, ("MAIL_FROM", "nobody")],
            "MAIL_FROM is \"nobody\", but must be a sender",
        ),
        (
            &[("SMTP_URL", "smtp.example.com:465"), from],
            "SMTP_URL must",
        ),
        (
            &[relay, from, ("SMTP_CA", "/nowhere.pem")],
            "cannot read SMTP_CA, /nowhere.pem",
        ),
    ] {
        let output = refusal(&["serve", "--addr", "127.0.0.1:0"], variables).await;
        assert!(
            output.contains(text) && !output.contains("s3cr3t"),
            "{text}: {output}"
        );
    }
}

#[sqlx::test(migrator = "guildhall::store::MIGRATIONS")]
async fn the_demo_prints_where_its_mail_is(pool: PgPool) {
    let mut server = Server::start(&pool, &["--demo"]).await;
    // Succeeds once per process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let page = reqwest::get(format!("{}/dev/mail", server.url))
        .await
        .unwrap();
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("An example of a letter")
    );
    // The message comes before the site serves requests.
    let mut output = Vec::new();
    while let Ok(line) = server.other_lines.try_recv() {
        output.push(line);
    }
    let address = format!("{}/dev/mail", server.url);
    assert!(
        output.iter().any(|line| line.contains(&address)),
        "{output:?}"
    );
}
