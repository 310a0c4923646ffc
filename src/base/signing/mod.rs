//! Signs short messages with keys that all processes on the same database share.
//!
//! Invariant: a signature made for one purpose is not valid for another. Each purpose has a key of its own, and a prefix
//! of its own for every message.

mod store;

use crate::{Error, Result, random};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgPool;
use tokio::sync::OnceCell;

/// A key that is read from the database once; the first process to need it creates it there.
#[derive(Debug)]
pub struct SigningKey {
    /// The permanent name of the key.
    name: &'static str,
    /// The prefix of every message.
    context: &'static [u8],
    key: OnceCell<Key>,
}

/// A loaded key: the secret, and the prefix of every message that it signs.
#[derive(Clone)]
pub struct Key {
    secret: [u8; 64],
    context: &'static [u8],
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(redacted)")
    }
}

impl SigningKey {
    #[must_use]
    pub const fn new(name: &'static str, context: &'static [u8]) -> Self {
        Self {
            name,
            context,
            key: OnceCell::const_new(),
        }
    }

    /// The key, loaded when first used.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn get(&self, pool: &PgPool) -> Result<&Key> {
        let load = async || {
            let new = random::bytes::<64>()?;
            let stored = store::key(&mut *pool.acquire().await?, self.name, &new).await?;
            let secret = stored.try_into().map_err(|_| {
                Error::unexpected(format!("the key {} is not 64 bytes long", self.name))
            })?;
            Ok(Key::new(secret, self.context))
        };
        self.key.get_or_try_init(load).await
    }

    /// The key, if it has been loaded.
    #[must_use]
    pub fn known(&self) -> Option<&Key> {
        self.key.get()
    }
}

impl Key {
    #[must_use]
    pub const fn new(secret: [u8; 64], context: &'static [u8]) -> Self {
        Self { secret, context }
    }

    fn mac(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.secret.into());
        mac.update(self.context);
        mac.update(message);
        mac
    }

    /// The message's signature, in characters that need no escaping in cookies and URLs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(message).finalize().into_bytes())
    }

    /// A secret for this purpose, which nobody can derive without the key.
    #[must_use]
    pub fn derive(&self, message: &[u8]) -> [u8; 32] {
        self.mac(message).finalize().into_bytes().into()
    }

    /// True if the signature was made with this key. Compares in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        let decoded = URL_SAFE_NO_PAD.decode(signature);
        decoded.is_ok_and(|signature| self.mac(message).verify_slice(&signature).is_ok())
    }
}
