//! E-mail addresses in canonical form: the local part in lower case and normalization form C, the domain as its
//! A-label.
//!
//! `Ada@käse.de` is stored as `ada@xn--kse-qla.de` (RFC 5891, with the mapping of Unicode Technical Standard 46, as in
//! browsers).
//!
//! An earlier version stored other spellings. A sign-in tries each of them, the typed one first, and a sign-up is
//! compared with all of them. Migration 0008 normalizes names and texts. E-mails are normalized when the server or
//! `guildhall migrate` starts (`account::respell_emails`, using a partial index), because PostgreSQL does not support
//! internationalized domain names. If two accounts would get the same e-mail, each keeps its spelling and is still
//! found by it, and a warning names the account that was not normalized.

use super::{clean, nfc};
use idna::{
    AsciiDenyList, domain_to_unicode,
    uts46::{DnsLength, Hyphens, Uts46},
};

/// The normalized address that is stored and compared: `Ada@KÄSE.de` becomes `ada@xn--kse-qla.de` (RFC 5891, with the
/// mapping of Unicode Technical Standard 46, as in browsers). `None` if it is not an e-mail address.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let local = nfc(&nfc(local).to_lowercase()).into_owned();
    let domain = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::URL,
            Hyphens::Allow,
            DnsLength::Verify,
        )
        .ok()?;
    let email = format!("{local}@{domain}");
    let is_address = domain.contains('.')
        && !domain.starts_with('[')
        && clean::line(&local, clean::Spaces::Plain).is_ok_and(|clean| clean == local)
        && email_address::EmailAddress::is_valid(&email);
    is_address.then_some(email)
}

/// The forms in which earlier versions may have stored the typed address, in lookup order: as typed but in lower case,
/// normalized, and with the domain in its own script. Empty if the text is not an e-mail address.
#[must_use]
pub fn email_spellings(typed: &str) -> Vec<String> {
    let typed = typed.trim();
    let Some(canonical) = email(typed) else {
        return Vec::new();
    };
    let mut spellings = vec![typed.to_lowercase()];
    if let Some((local, domain)) = canonical.rsplit_once('@') {
        let (domain, _) = domain_to_unicode(domain);
        for spelling in [canonical.clone(), format!("{local}@{domain}")] {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
    }
    spellings
}
