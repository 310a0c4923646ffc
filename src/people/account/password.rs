//! Passwords: judged and hashed on a pool for CPU work.
//!
//! Hashing takes at most a tenth of a core from the threads that serve bids. Sign-ups have a pool of their own.
//!
//! A new password is judged where it is hashed, after all cheaper checks. zxcvbn's cost grows steeply with length (128
//! symbols blocked an async thread for a second), so it gets only the first and the last 20 characters. A password
//! counts as strong if either end is.

use super::breached::is_breached;
use crate::{
    Error, Result,
    cpu::CpuPool,
    fairness::Submitter,
    field::{FieldError, ValueError},
    text,
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use zxcvbn::{Score, zxcvbn};

/// How many characters of a password are scored at a time. The cost grows with the square of the length and with every
/// symbol that may stand for a letter: 20 such symbols take 10 ms, and 128 took a second.
const JUDGED_CHARS: usize = 20;

/// A new password of valid length whose strength has not been checked yet. The check takes milliseconds, so it runs
/// together with the hash, off the async threads.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// The form field to report errors against.
    field: &'static str,
    text: PlainPassword,
    /// Words a guesser would try, such as the account's own name.
    words: Vec<String>,
}

/// A password in plain text; `Debug` redacts it.
#[derive(Clone)]
struct PlainPassword(String);

impl std::fmt::Debug for PlainPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(redacted)")
    }
}

impl NewPassword {
    /// Accepts 10 to 128 characters, normalized by [`text::secret`].
    pub(super) fn parse(
        field: &'static str,
        text: &str,
        words: &[&str],
    ) -> Result<Self, ValueError> {
        let text = text::secret(text);
        let has = text.chars().count();
        match has {
            0 => Err(ValueError::Missing),
            1..10 => Err(ValueError::TooShort { least: 10 }),
            10..=128 => Ok(Self {
                field,
                text: PlainPassword(text),
                words: words.iter().map(|word| (*word).to_owned()).collect(),
            }),
            _ => Err(ValueError::TooLong { most: 128, has }),
        }
    }

    /// # Errors
    /// `EasyToGuess` if zxcvbn scores the password below 2, `Breached` if it is known from a data breach.
    fn judge(&self) -> Result<(), ValueError> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let is_strong = |part: &str| zxcvbn(part, &words).score() >= Score::Two;
        // The whole password is at least as hard to guess as any part of it.
        let (head, tail) = ends(&self.text.0, JUDGED_CHARS);
        if !is_strong(head) && !tail.is_some_and(is_strong) {
            return Err(ValueError::EasyToGuess);
        }
        if is_breached(&self.text.0) {
            return Err(ValueError::Breached);
        }
        Ok(())
    }
}

/// The first `chars` characters of the text and, if the text is longer, its last `chars` characters.
fn ends(text: &str, chars: usize) -> (&str, Option<&str>) {
    let Some((end, _)) = text.char_indices().nth(chars) else {
        return (text, None);
    };
    let start = text.char_indices().nth_back(chars - 1);
    let tail = start.and_then(|(start, _)| text.get(start..));
    (text.get(..end).unwrap_or(text), tail)
}

/// A typed password, to be verified. Its length is limited so that hashing takes a bounded time.
pub(super) fn typed(text: &str) -> Result<String, ValueError> {
    // Count the raw or the normalized form, whichever is shorter: writing `é` as two code points must not make a
    // password too long.
    match text.chars().count().min(text::secret(text).chars().count()) {
        0 => Err(ValueError::Missing),
        has @ 129.. => Err(ValueError::TooLong { most: 128, has }),
        _ => Ok(text.to_owned()),
    }
}

/// An Argon2id hash in the PHC string format.
#[derive(Clone)]
pub struct PasswordHash(pub(super) String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}

/// The cost of a new hash. A hash records its own cost, so that hashes of different costs can be verified side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    pub memory_kib: u32,
    pub iterations: u32,
}

/// 19 MiB, two iterations, one lane: OWASP's recommendation (Password Storage Cheat Sheet).
impl Default for HashCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
        }
    }
}

/// Hashes passwords on a few dedicated threads. At the default cost a hash takes tens of milliseconds, so a burst of
/// sign-ins must queue.
#[derive(Debug, Clone)]
pub struct Hasher {
    pool: CpuPool,
    cost: HashCost,
}

impl Hasher {
    /// Starts a hasher that runs up to `threads` hashes at once.
    ///
    /// # Errors
    /// `Unexpected` if the system cannot start the threads.
    pub fn new(threads: usize, cost: HashCost) -> Result<Self> {
        let pool = CpuPool::new("hashing", threads).map_err(Error::unexpected)?;
        Ok(Self { pool, cost })
    }

    /// Hashes a password without checking its strength.
    ///
    /// # Errors
    /// `Busy` if no thread became free in time.
    pub async fn hash(&self, client: &Submitter, password: &str) -> Result<PasswordHash> {
        let (password, cost) = (password.to_owned(), self.cost);
        self.pool.run(client, move || hash(&password, cost)).await?
    }

    /// Checks the strength of a new password and hashes it.
    ///
    /// # Errors
    /// `Invalid` if the password is known from a breach or easy to guess, `Busy` if no thread became free in time.
    pub async fn hash_new(&self, client: &Submitter, new: &NewPassword) -> Result<PasswordHash> {
        let (new, cost) = (new.clone(), self.cost);
        let judge_and_hash = move || {
            let judged = new.judge();
            judged.map_err(|e| Error::Invalid(vec![FieldError::new(new.field, e)]))?;
            hash(&new.text.0, cost)
        };
        self.pool.run(client, judge_and_hash).await?
    }

    /// True if `password` matches `hash`, either normalized or in a spelling that an earlier version hashed. Only
    /// passwords with characters outside ASCII have several spellings, so the timing reveals nothing about the account.
    ///
    /// # Errors
    /// `Busy` if no thread became free in time.
    pub async fn verify(
        &self,
        client: &Submitter,
        password: &str,
        hash: &PasswordHash,
    ) -> Result<bool> {
        let (password, hash) = (password.to_owned(), hash.clone());
        let verify = move || {
            text::secret_spellings(&password).iter().any(|password| {
                Argon2::default()
                    .verify_password(password.as_bytes(), hash.0.as_str())
                    .is_ok()
            })
        };
        self.pool.run(client, verify).await
    }
}

fn hash(password: &str, cost: HashCost) -> Result<PasswordHash> {
    let params = Params::new(cost.memory_kib, cost.iterations, 1, None)
        .map_err(|e| Error::unexpected(e.to_string()))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.as_bytes())
        .map(|hash| PasswordHash(hash.to_string()))
        .map_err(|e| Error::unexpected(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHEAP: HashCost = HashCost {
        memory_kib: 8,
        iterations: 1,
    };

    fn check(text: &str, words: &[&str]) -> Result<(), ValueError> {
        NewPassword::parse("password", text, words)?.judge()
    }

    #[test]
    fn a_password_that_is_easy_to_guess_or_known_is_refused() {
        for text in ["password123", "aaaaaaaaaaaa", "1234567890", "qwertyuiop"] {
            assert_eq!(check(text, &[]), Err(ValueError::EasyToGuess), "{text}");
        }
        assert_eq!(
            check(
                "ada.lovelace",
                &["ada.lovelace@example.com", "Ada Lovelace", "ada.lovelace"]
            ),
            Err(ValueError::EasyToGuess)
        );
        assert_eq!(check("short", &[]), Err(ValueError::TooShort { least: 10 }));
        assert!(matches!(
            check(&"a b ".repeat(40), &[]),
            Err(ValueError::TooLong { .. })
        ));
        for text in ["YvgdZxufQn6XM", "yvgdzxufqn6xm", "y2h4m3241819"] {
            assert_eq!(check(text, &[]), Err(ValueError::Breached), "{text}");
        }
        assert!(check("stepped gable lantern", &[]).is_ok());
    }

    #[test]
    fn a_long_password_is_as_strong_as_its_stronger_end() {
        let (weak, strong) = ("a".repeat(100), "stepped gable lantern");
        assert_eq!(check(&weak, &[]), Err(ValueError::EasyToGuess));
        assert_eq!(check(&format!("{weak}{strong}"), &[]), Ok(()));
        assert_eq!(check(&format!("{strong}{weak}"), &[]), Ok(()));
    }

    proptest! {
        /// The generated text includes multi-byte characters.
        #[test]
        fn only_the_two_ends_of_a_password_are_scored(text in "\\PC{1,128}", chars in 1_usize..40) {
            let (head, tail) = ends(&text, chars);
            prop_assert!(text.starts_with(head) && head.chars().count() <= chars);
            match tail {
                None => prop_assert_eq!(head, &text),
                Some(tail) => prop_assert!(text.ends_with(tail) && tail.chars().count() == chars),
            }
        }
    }

    #[test]
    fn a_new_password_is_counted_and_stored_normalized() {
        let kept = |text: &str| NewPassword::parse("password", text, &[]).map(|new| new.text.0);
        for text in ["gre\u{301}ve\u{a0}lanterne", "gréve\u{3000}lanterne"] {
            assert_eq!(kept(text).as_deref(), Ok("gréve lanterne"), "{text:?}");
        }
        assert_eq!(
            kept(&"e\u{301}".repeat(9)),
            Err(ValueError::TooShort { least: 10 })
        );
        let long = "e\u{301}".repeat(100);
        assert_eq!(typed(&long), Ok(long.clone()));
    }

    #[tokio::test]
    async fn a_password_matches_in_every_unicode_spelling() {
        let (hasher, client) = (
            Hasher::new(1, CHEAP).expect("starts"),
            Submitter::operator(),
        );
        let verify = async |typed: &str, hash: &PasswordHash| {
            let verified = hasher.verify(&client, typed, hash).await;
            verified.expect("verifies")
        };
        let spellings = [
            "gréve\u{a0}lanterne",
            "gre\u{301}ve\u{a0}lanterne",
            "gréve lanterne",
        ];
        // A current hash matches every spelling.
        let new = NewPassword::parse("password", spellings[0], &[]).expect("is long enough");
        let hash = hasher.hash_new(&client, &new).await.expect("hashes");
        for typed in spellings {
            assert!(verify(typed, &hash).await, "{typed:?}");
        }
        // A hash of raw bytes, made by an earlier version, matches that spelling and the other form of the letter.
        let (wide, plain) = (spellings[1], "gre\u{301}ve lanterne");
        let old_wide = hasher.hash(&client, wide).await.expect("hashes");
        let old_plain = hasher.hash(&client, plain).await.expect("hashes");
        for (typed, old) in [(wide, &old_wide), (plain, &old_plain)] {
            assert!(verify(typed, old).await, "{typed:?}");
            let composed = typed.replace("e\u{301}", "é");
            assert!(verify(&composed, old).await, "{composed:?}");
            assert!(!verify("Gréve lanterne", old).await);
        }
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_and_matches_only_its_password() {
        let (hasher, client) = (
            Hasher::new(2, HashCost::default()).expect("starts"),
            Submitter::operator(),
        );
        let password = "stepped gable lantern";
        let hash = hasher.hash(&client, password).await.expect("hashes");
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verify = async |typed| {
            hasher
                .verify(&client, typed, &hash)
                .await
                .expect("verifies")
        };
        assert!(verify(password).await);
        assert!(!verify("stepped gable lanterns").await);
        assert_eq!(format!("{hash:?}"), "PasswordHash(redacted)");
    }

    #[tokio::test]
    async fn a_new_password_is_checked_when_hashed_and_never_printed() {
        let (hasher, client) = (
            Hasher::new(1, CHEAP).expect("starts"),
            Submitter::operator(),
        );
        let new = |text| NewPassword::parse("new_password", text, &[]).expect("is long enough");
        assert!(!format!("{:?}", new("stepped gable lantern")).contains("gable"));
        match hasher.hash_new(&client, &new("password123")).await {
            Err(Error::Invalid(errors)) => assert_eq!(
                errors,
                [FieldError::new("new_password", ValueError::EasyToGuess)]
            ),
            other => panic!("{other:?}"),
        }
        assert!(
            hasher
                .hash_new(&client, &new("stepped gable lantern"))
                .await
                .is_ok()
        );
    }
}
