//! The hashes that chain the entries. Pure.

use super::AuditEntry;
use sha2::{Digest, Sha256};
use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

/// Begins the text of every hash.
const CONTEXT: &[u8] = b"guildhall audit 1:";

/// The last entry of a chain: everything up to it is fixed by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// 0 for an empty chain.
    pub number: i64,
    /// SHA-256; zeros for an empty chain.
    pub hash: [u8; 32],
}

impl Head {
    /// The head of an empty chain.
    pub const EMPTY: Self = Self {
        number: 0,
        hash: [0; 32],
    };

    /// The head after this entry, which must have the next number.
    #[must_use]
    pub fn after(&self, entry: &AuditEntry) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(CONTEXT);
        hasher.update(self.hash);
        hasher.update(entry.number.to_be_bytes());
        hasher.update(entry.event.to_be_bytes());
        // Account numbers begin at 1.
        hasher.update(entry.account.map_or(0, |account| account.0).to_be_bytes());
        // PostgreSQL stores microseconds.
        let micros = entry.happened_at.unix_timestamp_nanos() / 1000;
        hasher.update(micros.to_be_bytes());
        // With their lengths, so that no two entries have the same bytes.
        for text in [&entry.kind, &entry.facts] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
        Self {
            number: entry.number,
            hash: hasher.finalize().into(),
        }
    }
}

/// `NUMBER:HASH`, the hash in hexadecimal digits.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hash = String::with_capacity(64);
        for byte in self.hash {
            write!(hash, "{byte:02x}")?;
        }
        write!(f, "{}:{hash}", self.number)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number, a colon and 64 hexadecimal digits, as `guildhall audit verify` prints them")]
pub struct HeadError;

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let (number, digits) = text.trim().split_once(':').ok_or(HeadError)?;
        let number = number.parse().map_err(|_| HeadError)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(HeadError);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| HeadError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| HeadError)?;
        }
        Ok(Self { number, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountId;
    use proptest::prelude::*;
    use time::OffsetDateTime;

    fn entry(number: i64) -> AuditEntry {
        AuditEntry {
            number,
            event: 40 + number,
            kind: "account.created".to_owned(),
            account: Some(AccountId(7)),
            happened_at: OffsetDateTime::UNIX_EPOCH,
            facts: "{}".to_owned(),
        }
    }

    /// The hash computed with another implementation: Python's `hashlib`, over the bytes that `after` documents.
    #[test]
    fn the_first_hash_is_that_of_the_documented_bytes() {
        let head = Head::EMPTY.after(&entry(1));
        assert_eq!(
            head.to_string(),
            "1:6ca5836e4c694c26127513c231137439f7f1fb8d2c0fa80dc4612e4364070ecb"
        );
    }

    #[test]
    fn every_part_of_an_entry_is_covered() {
        let original = entry(1);
        let changed = [
            AuditEntry {
                event: 42,
                ..original.clone()
            },
            AuditEntry {
                kind: "account.renamed".to_owned(),
                ..original.clone()
            },
            AuditEntry {
                account: None,
                ..original.clone()
            },
            AuditEntry {
                account: Some(AccountId(8)),
                ..original.clone()
            },
            AuditEntry {
                happened_at: original.happened_at + time::Duration::MICROSECOND,
                ..original.clone()
            },
            AuditEntry {
                facts: "{ }".to_owned(),
                ..original.clone()
            },
            AuditEntry {
                kind: "account.created{".to_owned(),
                facts: "}".to_owned(),
                ..original.clone()
            },
            AuditEntry {
                number: 2,
                ..original.clone()
            },
        ];
        let head = Head::EMPTY.after(&original);
        for entry in changed {
            assert_ne!(Head::EMPTY.after(&entry).hash, head.hash, "{entry:?}");
        }
        let second = head.after(&entry(2));
        assert_ne!(second.hash, Head::EMPTY.after(&entry(2)).hash);
    }

    proptest! {
        #[test]
        fn a_head_is_read_as_it_is_written(number in 0..i64::MAX, hash: [u8; 32]) {
            let head = Head { number, hash };
            prop_assert_eq!(head.to_string().parse(), Ok(head));
        }
    }

    #[test]
    fn anything_else_is_no_head() {
        for text in [
            "",
            "1",
            "1:",
            "x:00",
            &format!("1:{}", "g".repeat(64)),
            &format!("1:{}", "é".repeat(32)),
        ] {
            assert_eq!(text.parse::<Head>(), Err(HeadError), "{text}");
        }
    }
}
