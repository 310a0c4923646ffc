//! The rules for names and e-mails, and for how long a guesser must wait.

use crate::{
    field::{self, ValueError},
    text,
};
use std::time::Duration;

/// A name of 2 to 80 characters.
pub(crate) fn name(text: &str) -> Result<String, ValueError> {
    field::name(text, 2, 80)
}

/// An e-mail address of at most 254 characters (RFC 5321, 4.5.3.1.3), normalized by [`text::email`].
pub(crate) fn email(typed: &str) -> Result<String, ValueError> {
    let typed = field::line(typed, 3, 254)?;
    let email = text::email(&typed).ok_or(ValueError::NotAnEmail)?;
    match email.chars().count() {
        ..=254 => Ok(email),
        has => Err(ValueError::TooLong { most: 254, has }),
    }
}

/// What failed sign-ins are counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The typed e-mail, whether or not it has an account, from anywhere. Delays only networks from which it has failed.
    Email,
    /// The typed e-mail, from one network.
    EmailFromNetwork,
    /// A network address; many people may share one.
    Address,
    /// Whoever types short codes: a signed-in account, or a visitor who has passed the first factor.
    Guesser,
    /// A signed-in account that types its current password.
    Owner,
}

/// Failures are forgotten after this many hours without a new one.
pub const FAILURES_KEPT_HOURS: i32 = 1;
pub(super) const FORGOTTEN_AFTER: Duration = Duration::from_secs(FAILURES_KEPT_HOURS as u64 * 3600);

/// How much longer a subject must wait, given the time since the failure that counts; `None` if it need not wait.
pub(super) fn wait(subject: Subject, failures: i32, since: Duration) -> Option<Duration> {
    let wait = delay(subject, failures).checked_sub(since);
    wait.filter(|wait| !wait.is_zero())
}

/// How long a subject must wait after its latest failure. The wait doubles with every failure beyond the free ones.
fn delay(subject: Subject, failures: i32) -> Duration {
    let (free, most_secs) = match subject {
        Subject::EmailFromNetwork | Subject::Owner => (4, 60),
        Subject::Email => (100, 60),
        Subject::Address => (30, 900),
        Subject::Guesser => (9, 900),
    };
    match u32::try_from(failures - free) {
        Ok(past @ 1..) => Duration::from_secs(2_u64.saturating_pow(past - 1).min(most_secs)),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_email_is_lower_case_and_has_a_dotted_domain() {
        assert_eq!(email(" Ada@Example.COM "), Ok("ada@example.com".to_owned()));
        for text in [
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a da@example.com",
            "ada@[127.0.0.1]",
            "ada@exa mple.com",
            "a\u{34f}da@example.",
            "ada@example..com",
        ] {
            assert_eq!(email(text), Err(ValueError::NotAnEmail), "{text:?}");
        }
        assert!(matches!(
            email(&format!("{}@example.com", "a".repeat(250))),
            Err(ValueError::TooLong { .. })
        ));
    }

    #[test]
    fn every_spelling_of_an_email_normalizes_to_one_text() {
        for (typed, stored) in [
            ("a1@käse.de", "a1@xn--kse-qla.de"),
            ("A1@KÄSE.DE", "a1@xn--kse-qla.de"),
            ("a1@ka\u{308}se.de", "a1@xn--kse-qla.de"),
            ("a1@XN--KSE-QLA.de", "a1@xn--kse-qla.de"),
            ("a1@ｋäｓｅ。ｄｅ", "a1@xn--kse-qla.de"),
            ("rene\u{301}@example.com", "ren\u{e9}@example.com"),
            ("RENÉ@example.com", "ren\u{e9}@example.com"),
            ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
            (
                "mail_er+x@my_host.example.com",
                "mail_er+x@my_host.example.com",
            ),
        ] {
            assert_eq!(email(typed).as_deref(), Ok(stored), "{typed:?}");
            assert_eq!(email(stored).as_deref(), Ok(stored), "{stored:?}");
        }
    }

    #[test]
    fn a_few_failures_are_free_then_the_wait_doubles() {
        let waits: Vec<u64> = (0..=12)
            .map(|n| delay(Subject::EmailFromNetwork, n).as_secs())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    proptest! {
        #[test]
        fn the_wait_never_shrinks_and_never_exceeds_its_maximum(failures in 0..i32::MAX - 1) {
            for (subject, most) in [(Subject::Email, 60), (Subject::EmailFromNetwork, 60), (Subject::Owner, 60), (Subject::Address, 900), (Subject::Guesser, 900)] {
                prop_assert!(delay(subject, failures) <= delay(subject, failures + 1));
                prop_assert!(delay(subject, failures) <= Duration::from_secs(most));
            }
        }
    }
}
