//! Any text in any place of a letter: the headers stay whole, nothing becomes markup, and the text part stays narrow.

use super::{
    Block, Fact, Item, Letter, LetterId, Link, Recipient, SendError, ThreadKey,
    compose::{Composed, Composer},
};
use proptest::prelude::*;
use time::macros::datetime;
use url::Url;

const HOSTILE: [&str; 8] = [
    "Roof\r\nBcc: all@x.example\r\n\r\n<script>alert(1)</script>",
    "\"quoted\", comma; <angle@x.example> (comment) \\",
    "\u{202e}reversed\u{202c} \u{2066}isolated",
    "=?utf-8?Q?Bcc:_x?= =?utf-8?B?AA==?=",
    "{{ why }} {% endfor %} <!--[if mso]> --> ]]> </mj-text>",
    "Привет, 世界, שלום, 🏗️, e\u{301}",
    "\u{0}\u{1b}[31m\u{7f}\u{85}\u{2028}",
    "",
];

fn composer() -> Composer {
    Composer {
        from: Recipient::new("no-reply@guildhall.example", "Guildhall").expect("an address"),
        home: "https://guildhall.example".to_owned(),
    }
}

fn url(path: &str) -> Url {
    Url::parse(&format!("https://guildhall.example{path}")).expect("a URL")
}

/// A letter with this text wherever it takes one.
fn letter(text: &str) -> Letter {
    let link = || Link::new(text, url("/projects/7?a=1&b=2"));
    Letter {
        id: LetterId::new("notice-7").expect("an id"),
        date: datetime!(2026-11-28 16:00 UTC),
        to: Recipient::new("ada@example.com", text).expect("an address"),
        subject: text.to_owned(),
        preheader: text.to_owned(),
        blocks: vec![
            Block::Heading(text.to_owned()),
            Block::Paragraph(text.to_owned()),
            Block::Facts(vec![Fact {
                label: text.to_owned(),
                value: text.to_owned(),
            }]),
            Block::Items(vec![Item {
                link: link(),
                detail: format!("x{text}"),
            }]),
        ],
        button: Some(link()),
        why: text.to_owned(),
        footer: vec![link()],
        unsubscribe: Some(url("/unsubscribe/abc")),
        thread: ThreadKey::new("project-7"),
    }
}

fn composed(text: &str) -> Composed {
    composer().compose(&letter(text)).expect("it is composed")
}

/// The unfolded header lines of the message, without those of its parts.
fn headers(composed: &Composed) -> Vec<String> {
    let raw = String::from_utf8(composed.message.formatted()).expect("a message in ASCII");
    let (head, _) = raw.split_once("\r\n\r\n").expect("a body");
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").map(str::to_owned).collect()
}

fn names(headers: &[String]) -> Vec<&str> {
    headers
        .iter()
        .map(|line| line.split_once(':').expect("a header").0)
        .collect()
}

const NAMES: [&str; 12] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
];

/// The markup of an HTML part: everything between angle brackets except the values of attributes, which are escaped.
fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .filter_map(|tag| tag.split([' ', '>']).next())
        .collect()
}

#[test]
fn a_letter_has_the_headers_that_mail_programs_use() {
    let headers = headers(&composed("Outbid"));
    for line in [
        "From: Guildhall <no-reply@guildhall.example>",
        "To: Outbid <ada@example.com>",
        "Subject: Outbid",
        "Date: Sat, 28 Nov 2026 16:00:00 +0000",
        "Message-ID: <notice-7@guildhall.example>",
        "Auto-Submitted: auto-generated",
        "In-Reply-To: <project-7@guildhall.example>",
        "References: <project-7@guildhall.example>",
        "List-Unsubscribe: <https://guildhall.example/unsubscribe/abc>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(
            headers.iter().any(|own| own == line),
            "{line}: {headers:#?}"
        );
    }
    assert_eq!(names(&headers), NAMES);
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let html = composed("Outbid").html;
    for word in [
        "<img",
        "<link",
        "@import",
        "url(",
        "googleapis",
        "background=\"http",
        " src=",
    ] {
        assert!(!html.contains(word), "{word}: {html}");
    }
    let addresses = html.match_indices("://").map(|(at, _)| &html[at..]);
    for address in addresses {
        let is_ours = address.starts_with("://guildhall.example");
        let is_namespace = address.starts_with("://www.w3.org/1999/xhtml");
        assert!(is_ours || is_namespace, "{}", &address[..40]);
    }
}

#[test]
fn a_letter_says_the_same_in_both_parts() {
    let Composed { html, text, .. } = composed("Outbid");
    assert!(html.contains(">Outbid</h1>") && text.starts_with("Outbid\n======\n"));
    for text_of in [&html, &text] {
        assert!(text_of.contains("https://guildhall.example/unsubscribe/abc"));
        assert!(text_of.contains("Unsubscribe"));
    }
    // An ampersand in an address is escaped where it is an attribute, and only there.
    assert!(
        text.contains("https://guildhall.example/projects/7?a=1&b=2\n"),
        "{text}"
    );
    assert!(
        html.contains("https://guildhall.example/projects/7?a=1&#38;b=2\""),
        "{html}"
    );
}

#[test]
fn the_text_part_is_narrow_and_keeps_addresses_whole() {
    let long = format!(
        "{} https://guildhall.example/{} 日本語{}",
        "words ".repeat(40),
        "segment/".repeat(30),
        "漢字".repeat(60)
    );
    let text = composed(&long).text;
    assert!(text.contains(&format!(
        "https://guildhall.example/{}",
        "segment/".repeat(30)
    )));
    for line in text.lines().filter(|line| !line.contains("://")) {
        assert!(textwrap::core::display_width(line) <= 76, "{line}");
    }
}

#[test]
fn only_addresses_on_the_web_are_linked() {
    let mut wrong = letter("x");
    wrong.button = Some(Link::new(
        "x",
        "javascript:alert(1)".parse().expect("a URL"),
    ));
    let refused = composer().compose(&wrong).map(drop);
    assert!(
        matches!(refused, Err(SendError::LetterRefused(_))),
        "{refused:?}"
    );
}

#[test]
fn an_address_is_sent_to_in_canonical_form_or_refused() {
    let address = |text: &str| {
        let to = Recipient::new(text, "");
        to.map(|to| to.address().to_owned()).ok()
    };
    for (input, expected) in [
        ("ada@example.com", Some("ada@example.com")),
        (" Ada@KÄSE.de ", Some("ada@xn--kse-qla.de")),
        ("dörte@example.com", Some("dörte@example.com")),
        (
            "\"odd, quoting\"@example.com",
            Some("\"odd, quoting\"@example.com"),
        ),
        ("o'hara+tag@example.com", Some("o'hara+tag@example.com")),
        ("ada", None),
        ("ada@localhost", None),
        ("ada@[127.0.0.1]", None),
        ("ada@example.com\r\nBcc: x@y.example", None),
        ("ada@example.com, bob@example.com", None),
        ("a\u{202e}da@example.com", None),
        ("<ada@example.com>", None),
    ] {
        assert_eq!(address(input).as_deref(), expected, "{input:?}");
    }
    let refused = Recipient::new("ada\r\n@x", "")
        .expect_err("it is no address")
        .to_string();
    assert!(
        !refused.contains('\r') && refused.contains("name@example.com"),
        "{refused}"
    );
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let plain = composed("x");
    let composed = composed(text);
    let headers = headers(&composed);
    prop_assert_eq!(names(&headers), NAMES);
    let raw = composed.message.formatted();
    prop_assert!(raw.is_ascii());
    let longest = raw.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
    prop_assert!(longest.is_some_and(|longest| longest <= 998));
    prop_assert_eq!(tags(&composed.html), tags(&plain.html));
    let is_broken = composed.subject.contains(['\r', '\n', '\u{202e}']);
    prop_assert!(!is_broken);
    let lines = composed.text.lines().filter(|line| !line.contains("://"));
    for line in lines {
        prop_assert!(textwrap::core::display_width(line) <= 76, "{:?}", line);
    }
    Ok(())
}

#[test]
fn hostile_texts_change_neither_headers_nor_markup() {
    for text in HOSTILE {
        check(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_changes_neither_headers_nor_markup(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_mix_of_hostile_parts_changes_neither_headers_nor_markup(parts in proptest::collection::vec(0..HOSTILE.len(), 1..5)) {
        check(&parts.into_iter().map(|part| HOSTILE[part]).collect::<String>())?;
    }
}
