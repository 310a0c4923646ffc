use crate::{Error, Result, field::Problem, text};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// A new password: 10 to 128 characters, and not among those that are guessed first. `words` are what a guesser would
/// try, such as the account's own name.
pub(super) fn chosen(text: &str, words: &[&str]) -> Result<String, Problem> {
    let text = &text::secret(text);
    let has = text.chars().count();
    match has {
        0 => return Err(Problem::Missing),
        1..10 => return Err(Problem::TooShort { least: 10 }),
        10..=128 => {}
        _ => return Err(Problem::TooLong { most: 128, has }),
    }
    if zxcvbn::zxcvbn(text, words).score() < zxcvbn::Score::Two {
        return Err(Problem::EasyToGuess);
    }
    Ok(text.to_owned())
}

/// A password as typed, to be compared: anything up to the limit, so that hashing has a bound.
pub(super) fn typed(text: &str) -> Result<String, Problem> {
    // As it came, or as a new password is counted: whichever is shorter, for a form of `é` that takes two is no longer password.
    match text.chars().count().min(text::secret(text).chars().count()) {
        0 => Err(Problem::Missing),
        has @ 129.. => Err(Problem::TooLong { most: 128, has }),
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

/// Hashes passwords off the async threads, a few at a time: Argon2id takes 19 MiB and tens of milliseconds each
/// (OWASP's first choice of parameters, the crate's default), so a burst of sign-ins must queue.
#[derive(Debug, Clone)]
pub struct Hasher {
    /// Who may wait or hash.
    queue: Arc<Semaphore>,
    /// Who may hash.
    places: Arc<Semaphore>,
}

/// How many wait for each place; whoever comes then is told so at once.
const WAITING: usize = 50;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

impl Hasher {
    /// A hasher with as many places as may hash at the same time.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            queue: Arc::new(Semaphore::new(places * (1 + WAITING))),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// # Errors
    /// `Busy` when no place came free in time.
    pub async fn hash(&self, password: &str) -> Result<PasswordHash> {
        let password = password.to_owned();
        self.run(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| PasswordHash(hash.to_string()))
                .map_err(|e| Error::unexpected(e.to_string()))
        })
        .await?
    }

    /// Whether `password` is the one behind `hash`, in today's form or in one that an earlier version hashed. Only one with
    /// letters outside ASCII has several, so the time tells nothing of the account.
    ///
    /// # Errors
    /// `Busy` when no place came free in time.
    pub async fn verify(&self, password: &str, hash: &PasswordHash) -> Result<bool> {
        let (password, hash) = (password.to_owned(), hash.clone());
        self.run(move || {
            text::secret_spellings(&password).iter().any(|password| {
                Argon2::default()
                    .verify_password(password.as_bytes(), hash.0.as_str())
                    .is_ok()
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || Error::Busy {
            retry_after: PATIENCE,
        };
        let _queued = self.queue.try_acquire().map_err(|_| busy())?;
        let place = timeout(PATIENCE, self.places.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(Error::unexpected)?;
        spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        })
        .await
        .map_err(Error::unexpected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_no_password() {
        for text in ["password123", "aaaaaaaaaaaa", "1234567890", "qwertyuiop"] {
            assert_eq!(chosen(text, &[]), Err(Problem::EasyToGuess), "{text}");
        }
        assert_eq!(
            chosen(
                "ada.lovelace",
                &["ada.lovelace@example.com", "Ada Lovelace", "ada.lovelace"]
            ),
            Err(Problem::EasyToGuess)
        );
        assert_eq!(chosen("short", &[]), Err(Problem::TooShort { least: 10 }));
        assert!(matches!(
            chosen(&"a b ".repeat(40), &[]),
            Err(Problem::TooLong { .. })
        ));
        assert!(chosen("stepped gable lantern", &[]).is_ok());
    }

    #[test]
    fn a_new_password_is_counted_and_kept_in_one_form() {
        let chosen = |text: &str| chosen(text, &[]);
        assert_eq!(
            chosen("gre\u{301}ve\u{a0}lanterne"),
            Ok("gréve lanterne".to_owned())
        );
        assert_eq!(
            chosen("gréve\u{3000}lanterne"),
            Ok("gréve lanterne".to_owned())
        );
        assert_eq!(
            chosen(&"e\u{301}".repeat(9)),
            Err(Problem::TooShort { least: 10 })
        );
        let long = "e\u{301}".repeat(100);
        assert_eq!(typed(&long), Ok(long.clone()));
    }

    #[tokio::test]
    async fn a_password_opens_whichever_way_its_letters_and_spaces_are_spelled() {
        let hasher = Hasher::new(2);
        let spellings = [
            "gréve\u{a0}lanterne",
            "gre\u{301}ve\u{a0}lanterne",
            "gréve lanterne",
        ];
        // A hash of today fits all of them.
        let new = chosen(spellings[0], &[]).expect("is strong");
        let hash = hasher.hash(&new).await.expect("hashes");
        for typed in spellings {
            assert!(
                hasher.verify(typed, &hash).await.expect("verifies"),
                "{typed:?}"
            );
        }
        // One of an earlier version, of the bytes as they came, fits them and the other form of the letter.
        for hashed in [spellings[1], "gre\u{301}ve lanterne"] {
            let old = hasher.hash(hashed).await.expect("hashes");
            for typed in [hashed.to_owned(), hashed.replace("e\u{301}", "é")] {
                assert!(
                    hasher.verify(&typed, &old).await.expect("verifies"),
                    "{typed:?}"
                );
            }
            assert!(
                !hasher
                    .verify("Gréve lanterne", &old)
                    .await
                    .expect("verifies")
            );
        }
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_and_recognises_its_password_only() {
        let hasher = Hasher::new(2);
        let hash = hasher.hash("stepped gable lantern").await.expect("hashes");
        assert!(hash.0.starts_with("$argon2id$"));
        assert!(
            hasher
                .verify("stepped gable lantern", &hash)
                .await
                .expect("verifies")
        );
        assert!(
            !hasher
                .verify("stepped gable lanterns", &hash)
                .await
                .expect("verifies")
        );
        assert_eq!(format!("{hash:?}"), "PasswordHash(redacted)");
    }
}
