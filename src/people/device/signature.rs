use super::{DeviceId, store};
use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgPool;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Prefix of every signed message, so that a signature made for another purpose never passes as one of these.
const CONTEXT: &[u8] = b"guildhall device 1:";

/// Signs device cookies with a key shared by all processes on the same database. The key is read once.
#[derive(Debug, Default)]
pub struct Signer {
    key: OnceCell<Key>,
}

struct Key([u8; 64]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(redacted)")
    }
}

impl Signer {
    /// The cookie value for this device.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn sign(&self, pool: &PgPool, device: DeviceId) -> Result<String> {
        Ok(self.key(pool).await?.sign(device))
    }

    /// The device that a cookie names; `None` if the signature is not ours.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn read(&self, pool: &PgPool, cookie: &str) -> Result<Option<DeviceId>> {
        Ok(self.key(pool).await?.read(cookie))
    }

    /// Like [`read`](Self::read), but without the database: `None` until the key has been read.
    #[must_use]
    pub fn read_now(&self, cookie: &str) -> Option<DeviceId> {
        self.key.get()?.read(cookie)
    }

    async fn key(&self, pool: &PgPool) -> Result<&Key> {
        let load = async || {
            let mut fresh = [0_u8; 64];
            getrandom::fill(&mut fresh).map_err(Error::unexpected)?;
            let stored = store::key(&mut *pool.acquire().await?, &fresh).await?;
            let key = stored.try_into();
            key.map(Key)
                .map_err(|_| Error::unexpected("the key of device cookies is not 64 bytes long"))
        };
        self.key.get_or_try_init(load).await
    }
}

impl Key {
    fn mac(&self, device: DeviceId) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(CONTEXT);
        mac.update(device.0.as_bytes());
        mac
    }

    fn sign(&self, device: DeviceId) -> String {
        let mac = URL_SAFE_NO_PAD.encode(self.mac(device).finalize().into_bytes());
        format!("{}.{mac}", device.0.simple())
    }

    fn read(&self, cookie: &str) -> Option<DeviceId> {
        let (id, mac) = cookie.split_once('.')?;
        let device = DeviceId(Uuid::try_parse(id).ok()?);
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        // Compares in constant time.
        self.mac(device).verify_slice(&mac).ok()?;
        Some(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cookie_is_valid_only_under_the_key_that_signed_it() {
        let device = DeviceId(Uuid::from_u128(7));
        let cookie = Key([1; 64]).sign(device);
        assert_eq!(Key([1; 64]).read(&cookie), Some(device));
        assert_eq!(Key([2; 64]).read(&cookie), None);
        let other = Key([1; 64]).sign(DeviceId(Uuid::from_u128(8)));
        let (id, _) = cookie.split_once('.').expect("two parts");
        let (_, mac) = other.split_once('.').expect("two parts");
        assert_eq!(Key([1; 64]).read(&format!("{id}.{mac}")), None);
    }

    proptest! {
        #[test]
        fn an_unsigned_cookie_names_no_device(cookie in any::<String>(), id in any::<u128>(), mac in "[A-Za-z0-9_-]{0,64}") {
            prop_assert_eq!(Key([1; 64]).read(&cookie), None);
            let forged = format!("{}.{mac}", Uuid::from_u128(id).simple());
            prop_assert_eq!(Key([1; 64]).read(&forged), None);
        }
    }
}
