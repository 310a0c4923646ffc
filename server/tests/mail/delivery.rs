//! The messages that arrive at the relay.

use crate::{letter, relay::Relay};

#[tokio::test]
async fn a_letter_arrives_over_tls_with_both_parts_and_its_headers() {
    let mut relay = Relay::start("implicit+auth").await;
    let mailer = relay.mailer("smtps://ada:p%40ss%20w%2Ford@HOST");
    let accepted = mailer
        .send(&letter(
            "bea@example.com",
            "Bea Müller",
            "Outbid on “Dachausbau”",
        ))
        .await;
    assert_eq!(accepted.unwrap().answer, "250 2.0.0 Queued as 4bZ7");
    assert_eq!(mailer.counts().sent, 1);

    let (_, got) = relay.received().await;
    assert_eq!(got.sender, "no-reply@guildhall.example");
    assert_eq!(got.recipients, ["bea@example.com"]);
    assert_eq!(
        got.to,
        [("Bea Müller".to_owned(), "bea@example.com".to_owned())]
    );
    assert_eq!((got.encrypted, got.user.as_str()), (true, "ada"));
    for (name, value) in [
        ("Subject", "Outbid on “Dachausbau”"),
        ("From", "Guildhall <no-reply@guildhall.example>"),
        ("Date", "Sat, 28 Nov 2026 16:00:00 +0000"),
        ("Message-ID", "<notice-7-12@guildhall.example>"),
        ("In-Reply-To", "<project-7@guildhall.example>"),
        ("References", "<project-7@guildhall.example>"),
        ("Auto-Submitted", "auto-generated"),
        (
            "List-Unsubscribe",
            "<https://guildhall.example/unsubscribe/s3cr3t>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ] {
        assert_eq!(got.header(name), value, "{name}");
    }
    assert_eq!(
        got.types,
        ["multipart/alternative", "text/plain", "text/html"]
    );
    assert_eq!(got.defects, [""; 0]);
    assert!(got.ascii && got.longest <= 998, "{}", got.longest);
    assert!(
        got.html
            .contains("Someone bid less than you on “Dachausbau Müller”.")
    );
    let expected = "You were outbid
===============

Someone bid less than you on “Dachausbau Müller”.

Lowest bid: EUR 900.00

* A window
  Ends tomorrow
  https://guildhall.example/projects/8

Bid again:
https://guildhall.example/projects/7

--\u{20}
You get this because you bid on this project.
Preferences:
https://guildhall.example/account/notices
Unsubscribe:
https://guildhall.example/unsubscribe/s3cr3t
Guildhall, https://guildhall.example
";
    assert_eq!(got.text.replace("\r\n", "\n"), expected);
}

#[tokio::test]
async fn the_connection_is_encrypted_by_starttls_and_reused() {
    let mut relay = Relay::start("starttls+auth").await;
    let mailer = relay.mailer("smtp://ada:p%40ss%20w%2Ford@HOST?tls=required");
    for connections in [1, 0, 0] {
        mailer
            .send(&letter("bea@example.com", "", "Outbid"))
            .await
            .unwrap();
        let (opened, got) = relay.received().await;
        assert_eq!(
            (opened, got.encrypted, got.user.as_str()),
            (connections, true, "ada")
        );
        assert_eq!(got.to[0].0, "");
    }
}

#[tokio::test]
async fn special_characters_in_a_name_or_subject_add_no_header_and_no_recipient() {
    let mut relay = Relay::start("plain").await;
    let mailer = relay.mailer("smtp://HOST?tls=none");
    for (text, expected) in [
        (
            "Roof\r\nBcc: all@x.example\r\n\r\nHello",
            "Roof Bcc: all@x.example Hello",
        ),
        (
            "\"Ada\", <eve@x.example>; (x) \\",
            "\"Ada\", <eve@x.example>; (x) \\",
        ),
        ("\u{202e}gnihtemos\u{202c}", "gnihtemos"),
        ("Привет, 世界 – שלום 🏗️", "Привет, 世界 – שלום 🏗️"),
        ("=?utf-8?Q?Bcc:_x?=", "= ?utf-8?Q?Bcc:_x?="),
        (
            "An ordinary subject that is longer than one line may be, so it is folded at a space",
            "An ordinary subject that is longer than one line may be, so it is folded at a space",
        ),
    ] {
        mailer
            .send(&letter("bea@example.com", text, text))
            .await
            .unwrap();
        let (_, got) = relay.received().await;
        assert_eq!(got.headers.len(), 12, "{:?}", got.headers);
        assert_eq!(got.recipients, ["bea@example.com"]);
        assert_eq!(got.to.len(), 1, "{:?}", got.to);
        assert_eq!(got.to[0].1, "bea@example.com");
        assert_eq!(got.header("Subject"), expected);
        // A name is at most 80 characters long. Python's parser adds spaces between its encoded parts.
        let bare = |text: &str| text.trim_end_matches('…').replace(' ', "");
        let (name, expected) = (bare(&got.to[0].0), bare(expected));
        assert!(expected.starts_with(&name), "{:?}", got.to);
        assert!(name.len() + 20 > expected.len(), "{:?}", got.to);
    }
}

#[tokio::test]
async fn mail_to_an_unusual_address_is_delivered() {
    let mut relay = Relay::start("utf8").await;
    let mailer = relay.mailer("smtp://HOST?tls=none");
    for (address, expected) in [
        ("ada@käse.de", "ada@xn--kse-qla.de"),
        ("dörte@example.com", "dörte@example.com"),
        ("o'hara+tag@example.com", "o'hara+tag@example.com"),
        (
            "\"odd, quoting\"@example.com",
            "\"odd, quoting\"@example.com",
        ),
    ] {
        mailer
            .send(&letter(address, "Ada", "Outbid"))
            .await
            .unwrap();
        let (_, got) = relay.received().await;
        assert_eq!(got.recipients, [expected]);
        // Python's parser does not support headers with letters outside ASCII (RFC 6532).
        if expected.is_ascii() {
            assert_eq!(got.to, [("Ada".to_owned(), expected.to_owned())]);
        }
    }
}
