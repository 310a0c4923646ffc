use super::DeviceId;
use crate::{
    Result,
    signing::{Key, SigningKey},
};
use sqlx::PgPool;
use uuid::Uuid;

/// Signs device cookies.
#[derive(Debug)]
pub struct Signer(SigningKey);

impl Default for Signer {
    fn default() -> Self {
        Self(SigningKey::new("device", CONTEXT))
    }
}

/// Prefix of every signed message.
const CONTEXT: &[u8] = b"guildhall device 1:";

impl Signer {
    /// The cookie value for this device.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn sign(&self, pool: &PgPool, device: DeviceId) -> Result<String> {
        Ok(signed(self.0.get(pool).await?, device))
    }

    /// The device that a cookie names; `None` if the signature is not ours.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn read(&self, pool: &PgPool, cookie: &str) -> Result<Option<DeviceId>> {
        Ok(device_of(self.0.get(pool).await?, cookie))
    }

    /// Like [`read`](Self::read), but without the database: `None` until the key has been read.
    #[must_use]
    pub fn read_now(&self, cookie: &str) -> Option<DeviceId> {
        device_of(self.0.known()?, cookie)
    }
}

fn signed(key: &Key, device: DeviceId) -> String {
    format!("{}.{}", device.0.simple(), key.sign(device.0.as_bytes()))
}

fn device_of(key: &Key, cookie: &str) -> Option<DeviceId> {
    let (id, signature) = cookie.split_once('.')?;
    let device = Uuid::try_parse(id).ok()?;
    key.verify(device.as_bytes(), signature)
        .then_some(DeviceId(device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> Key {
        Key::new([byte; 64], CONTEXT)
    }

    #[test]
    fn a_cookie_is_valid_only_under_the_key_that_signed_it() {
        let device = DeviceId(Uuid::from_u128(7));
        let cookie = signed(&key(1), device);
        assert_eq!(device_of(&key(1), &cookie), Some(device));
        assert_eq!(device_of(&key(2), &cookie), None);
        assert_eq!(device_of(&Key::new([1; 64], b"another:"), &cookie), None);
        let other = signed(&key(1), DeviceId(Uuid::from_u128(8)));
        let (id, _) = cookie.split_once('.').expect("two parts");
        let (_, mac) = other.split_once('.').expect("two parts");
        assert_eq!(device_of(&key(1), &format!("{id}.{mac}")), None);
    }

    proptest! {
        #[test]
        fn an_unsigned_cookie_names_no_device(cookie in any::<String>(), id in any::<u128>(), mac in "[A-Za-z0-9_-]{0,64}") {
            prop_assert_eq!(device_of(&key(1), &cookie), None);
            let forged = format!("{}.{mac}", Uuid::from_u128(id).simple());
            prop_assert_eq!(device_of(&key(1), &forged), None);
        }
    }
}
