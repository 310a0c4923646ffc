//! What other mail systems report about our letters: that one could not be delivered (RFC 3464), or that its reader marked
//! it as spam (RFC 5965).

use super::{line::one_line, smtp};
use mailparse::{MailHeader, MailHeaderMap, ParsedMail, parse_headers, parse_mail};

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 300;

/// A report because of which the letter's recipient gets no more mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReport {
    /// The id of the letter.
    pub letter: String,
    /// Who the letter was addressed to.
    pub address: String,
    /// For people, on one line, without a full stop.
    pub reason: String,
    /// True if somebody marked the letter as spam; otherwise the address takes no mail.
    pub is_complaint: bool,
}

/// The reason to ignore a message: it stops no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    #[error("this is not a report from a mail system (multipart/report)")]
    OtherMessage,
    #[error(
        "the report is not about an address that takes no mail: the letter is late, was refused for another reason, or arrived"
    )]
    OtherReason,
    #[error(
        "the report does not say which letter it is about: it has no Message-ID and To of the letter"
    )]
    NoLetter,
}

/// Reads a message that a mail system sent to the sender of our mail.
///
/// # Errors
/// A [`NoReport`].
pub fn parse_report(message: &[u8]) -> Result<MailReport, NoReport> {
    let mail = parse_mail(message).map_err(|_| NoReport::OtherMessage)?;
    if mail.ctype.mimetype != "multipart/report" {
        return Err(NoReport::OtherMessage);
    }
    let part = |kinds: &[&str]| {
        let is_one = |part: &&ParsedMail<'_>| kinds.contains(&&*part.ctype.mimetype);
        let found = mail.subparts.iter().find(is_one);
        found.and_then(|part| part.get_body_raw().ok())
    };
    let status = part(&["message/delivery-status", "message/global-delivery-status"]);
    let feedback = part(&["message/feedback-report"]);
    let is_complaint = status.is_none();
    let reason = match (status, feedback) {
        (Some(status), _) => undelivered(&status),
        (_, Some(feedback)) => complaint(&feedback),
        _ => return Err(NoReport::OtherMessage),
    };
    let reason = reason.ok_or(NoReport::OtherReason)?;
    let (letter, address) = (mail.subparts.iter())
        .find_map(returned_letter)
        .ok_or(NoReport::NoLetter)?;
    Ok(MailReport {
        letter: one_line(&letter, LONGEST_REASON),
        address: one_line(&address, LONGEST_REASON),
        reason: one_line(&reason, LONGEST_REASON),
        is_complaint,
    })
}

/// Why the address accepts no mail. A report has one group of fields about the message, and one for each recipient; our
/// letters have a single recipient.
fn undelivered(status: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(status).replace("\r\n", "\n");
    text.split("\n\n").find_map(|group| {
        let (fields, _) = parse_headers(group.trim_start().as_bytes()).ok()?;
        let field = |name: &str| fields.get_first_value(name).unwrap_or_default();
        if !field("Action").eq_ignore_ascii_case("failed") {
            return None;
        }
        // "smtp; 550 5.1.1 <ada@example.com>: no such user"
        let diagnostic = field("Diagnostic-Code");
        let diagnostic = diagnostic
            .split_once(';')
            .map_or(&*diagnostic, |(_, text)| text)
            .trim();
        let status = field("Status");
        let reason = match diagnostic.contains(status.trim()) {
            true => diagnostic.to_owned(),
            false => format!("{status} {diagnostic}"),
        };
        smtp::takes_no_mail(&status, diagnostic).then(|| reason.trim_end_matches('.').to_owned())
    })
}

fn complaint(feedback: &[u8]) -> Option<String> {
    let (fields, _) = parse_headers(feedback).ok()?;
    let kind = fields.get_first_value("Feedback-Type")?;
    let is_complaint = ["abuse", "fraud"].contains(&kind.trim().to_ascii_lowercase().as_str());
    is_complaint.then(|| "a message was marked as spam".to_owned())
}

/// The id and the recipient of the letter, from the part that returns it, or only its header.
fn returned_letter(part: &ParsedMail<'_>) -> Option<(String, String)> {
    let raw = match &*part.ctype.mimetype {
        "message/rfc822" | "text/rfc822-headers" | "message/global" | "message/global-headers" => {
            part.get_body_raw().ok()?
        }
        _ => return None,
    };
    let (fields, _) = parse_headers(&raw).ok()?;
    let id = fields.get_first_value("Message-ID")?;
    let (letter, _) = id.trim().trim_matches(['<', '>']).split_once('@')?;
    let to = fields.iter().find(|field| is_to(field))?;
    let to = mailparse::addrparse_header(to).ok()?;
    Some((letter.to_owned(), to.extract_single_info()?.addr))
}

fn is_to(field: &MailHeader<'_>) -> bool {
    field.get_key_ref().eq_ignore_ascii_case("To")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "Message-ID: <notice-7@guildhall.example>\r\nTo: =?utf-8?b?Wm/Dqw==?= <zoe@example.com>\r\nSubject: First bid\r\n";

    fn bounce(action: &str, status: &str, diagnostic: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\r\n\r\n\
             --B\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\
             --B\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example\r\nArrival-Date: Sat, 28 Nov 2026 10:00:00 +0000\r\n\r\n\
             Final-Recipient: rfc822; zoe@example.com\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n\r\n\
             --B\r\nContent-Type: text/rfc822-headers\r\n\r\n{LETTER}\r\n--B--\r\n"
        )
    }

    fn complaint_about(kind: &str) -> String {
        format!(
            "From: abuse@mx.example\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=B\r\n\r\n\
             --B\r\nContent-Type: text/plain\r\n\r\nThis is a complaint.\r\n\
             --B\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: Example/1\r\nVersion: 1\r\n\r\n\
             --B\r\nContent-Type: message/rfc822\r\n\r\n{LETTER}\r\nThe letter.\r\n--B--\r\n"
        )
    }

    #[test]
    fn a_bounce_names_the_letter_its_recipient_and_why() {
        let report = bounce(
            "failed",
            "5.1.1",
            "550 5.1.1 <zoe@example.com>: no such\r\n user",
        );
        assert_eq!(
            parse_report(report.as_bytes()),
            Ok(MailReport {
                letter: "notice-7".to_owned(),
                address: "zoe@example.com".to_owned(),
                reason: "550 5.1.1 <zoe@example.com>: no such user".to_owned(),
                is_complaint: false,
            })
        );
    }

    #[test]
    fn only_an_address_that_takes_no_mail_is_reported() {
        for (action, status, diagnostic, is_reported) in [
            ("failed", "5.1.10", "556 5.1.10 no mail", true),
            ("FAILED", "5.2.1", "550 disabled", true),
            // An unspecific status, as some systems give it.
            ("failed", "5.0.0", "550 5.1.1 unknown user", true),
            ("failed", "5.0.0", "550 no mailbox here", true),
            ("failed", "5.0.0", "554 try elsewhere", false),
            ("failed", "5.2.2", "552 5.2.2 full", false),
            ("failed", "5.7.1", "550 5.7.1 spam", false),
            ("failed", "5.1.8", "550 5.1.8 bad sender", false),
            ("failed", "4.4.1", "no answer for five days", false),
            ("delayed", "4.4.1", "450 later", false),
            ("delivered", "2.0.0", "250 ok", false),
            ("failed", "", "", false),
        ] {
            let report = parse_report(bounce(action, status, diagnostic).as_bytes());
            assert_eq!(
                report.is_ok(),
                is_reported,
                "{action} {status} {diagnostic}"
            );
            if !is_reported {
                assert_eq!(report, Err(NoReport::OtherReason));
            }
        }
    }

    #[test]
    fn a_complaint_is_reported_unless_it_takes_an_earlier_one_back() {
        let report = parse_report(complaint_about("abuse").as_bytes()).expect("a report");
        assert_eq!(
            (&*report.letter, &*report.reason, report.is_complaint),
            ("notice-7", "a message was marked as spam", true)
        );
        assert_eq!(
            parse_report(complaint_about("not-spam").as_bytes()),
            Err(NoReport::OtherReason)
        );
    }

    #[test]
    fn anything_else_is_no_report() {
        for message in [
            "",
            "\0\0\0",
            "Subject: Out of office\r\n\r\nBack on Monday.",
            "Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n\r\nnothing\r\n--B--",
            "Content-Type: multipart/report",
        ] {
            assert_eq!(
                parse_report(message.as_bytes()),
                Err(NoReport::OtherMessage),
                "{message}"
            );
        }
        let other =
            bounce("failed", "5.1.1", "550 no").replace("text/rfc822-headers", "text/plain");
        assert_eq!(parse_report(other.as_bytes()), Err(NoReport::NoLetter));
    }

    proptest::proptest! {
        #[test]
        fn no_message_makes_it_panic(message: Vec<u8>) {
            let _ = parse_report(&message);
        }

        /// Parts of a report in any order, cut off anywhere.
        #[test]
        fn half_a_report_does_not_make_it_panic(cut in 0_usize..1200) {
            let report = bounce("failed", "5.1.1", "550 no");
            let _ = parse_report(&report.as_bytes()[..cut.min(report.len())]);
        }
    }
}
