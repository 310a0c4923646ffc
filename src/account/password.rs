use crate::{Error, Result, field::Problem};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// A new password: 10 to 128 characters, and not among those that are guessed first. `words` are what a guesser would
/// try, such as the account's own name.
pub(super) fn chosen(text: &str, words: &[&str]) -> Result<String, Problem> {
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
    match text.chars().count() {
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

    /// Whether `password` is the one behind `hash`.
    ///
    /// # Errors
    /// `Busy` when no place came free in time.
    pub async fn verify(&self, password: &str, hash: &PasswordHash) -> Result<bool> {
        let (password, hash) = (password.to_owned(), hash.clone());
        self.run(move || {
            Argon2::default()
                .verify_password(password.as_bytes(), hash.0.as_str())
                .is_ok()
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
