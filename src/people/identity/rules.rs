//! The rules for what is stored from a provider's assertion, and for when an identity may be linked or unlinked.

use super::Refusal;
use crate::field::ValueError;

/// Accepts an identifier that is compared byte for byte: not empty, within the limit, without control characters.
pub(super) fn bounded(text: &str, most: usize) -> Result<(), ValueError> {
    match text.chars().count() {
        0 => Err(ValueError::Missing),
        has if has > most => Err(ValueError::TooLong { most, has }),
        _ if text.chars().any(char::is_control) => Err(ValueError::ControlCharacter),
        _ => Ok(()),
    }
}

/// What people recognize an identity by: the e-mail if there is one, else the name, else the subject.
pub(super) fn label<'a>(
    email: Option<&'a str>,
    name: Option<&'a str>,
    subject: &'a str,
) -> &'a str {
    let label = email.or(name).unwrap_or(subject);
    match label.char_indices().nth(254) {
        Some((end, _)) => &label[..end],
        None => label,
    }
}

/// An account must keep at least one sign-in method: its password or an identity.
pub(super) const fn may_unlink(has_password: bool, identities: i64) -> Result<(), Refusal> {
    if has_password || identities > 1 {
        Ok(())
    } else {
        Err(Refusal::LastSignInMethod)
    }
}

/// Refuses once the account has the maximum number of identities.
pub(super) const fn may_link(identities: i64) -> Result<(), Refusal> {
    if identities < super::MAX_IDENTITIES {
        Ok(())
    } else {
        Err(Refusal::TooManyIdentities {
            most: super::MAX_IDENTITIES,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Assertion, VouchedPerson};

    fn assertion<'a>() -> Assertion<'a> {
        Assertion {
            issuer: "https://id.example",
            subject: "248289761001",
            email: Some("Ada@Example.com"),
            email_verified: true,
            name: Some("Ada Lovelace"),
        }
    }

    #[test]
    fn an_email_counts_only_when_the_provider_has_verified_it() {
        let vouched = VouchedPerson::new(&assertion()).unwrap();
        assert_eq!(vouched.email(), Some("ada@example.com"));
        let unverified = Assertion {
            email_verified: false,
            ..assertion()
        };
        assert_eq!(VouchedPerson::new(&unverified).unwrap().email(), None);
        let none = Assertion {
            email: Some("ada at example"),
            ..assertion()
        };
        assert_eq!(VouchedPerson::new(&none).unwrap().email(), None);
    }

    #[test]
    fn an_assertion_without_a_valid_issuer_and_subject_is_refused() {
        let long = "x".repeat(256);
        for subject in ["", long.as_str(), "a\0b", "a\nb"] {
            assert!(
                VouchedPerson::new(&Assertion {
                    subject,
                    ..assertion()
                })
                .is_err()
            );
        }
        assert!(
            VouchedPerson::new(&Assertion {
                issuer: "",
                ..assertion()
            })
            .is_err()
        );
        assert!(
            VouchedPerson::new(&Assertion {
                subject: &long[1..],
                ..assertion()
            })
            .is_ok()
        );
    }

    #[test]
    fn a_name_with_invisible_characters_is_dropped() {
        let vouched = VouchedPerson::new(&Assertion {
            name: Some("A\u{202e}da"),
            ..assertion()
        });
        assert_eq!(vouched.unwrap().name(), None);
    }

    #[test]
    fn an_identitys_label_is_its_email_or_else_its_name() {
        assert_eq!(label(Some("a@b.example"), Some("Ada"), "1"), "a@b.example");
        assert_eq!(label(None, Some("Ada"), "1"), "Ada");
        assert_eq!(label(None, None, "1"), "1");
        assert_eq!(label(None, None, &"ä".repeat(255)).chars().count(), 254);
    }

    #[test]
    fn an_account_keeps_a_sign_in_method_and_links_at_most_ten_identities() {
        assert_eq!(may_unlink(false, 1), Err(Refusal::LastSignInMethod));
        assert_eq!(may_unlink(false, 2), Ok(()));
        assert_eq!(may_unlink(true, 1), Ok(()));
        assert_eq!(may_link(9), Ok(()));
        assert_eq!(may_link(10), Err(Refusal::TooManyIdentities { most: 10 }));
    }
}
