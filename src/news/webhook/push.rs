//! The keys of Web Push: of each browser, which messages are encrypted with (RFC 8291), and of this site, which identifies it to
//! push services (RFC 8292).

use crate::{Error, Result, signing::SigningKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sqlx::PgPool;
use std::fmt;
use web_push_native::{
    Auth, encrypt,
    p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToEncodedPoint, pkcs8::EncodePrivateKey},
};

/// Prefix of every message that a key is derived from.
const CONTEXT: &[u8] = b"guildhall push 1:";

/// How much the record size exceeds the message: a delimiter (1 byte), a tag (16), and 1 more (see `encrypt`).
const RECORD_OVERHEAD: usize = 18;

/// What messages to a browser are encrypted with, so that its push service can't read them.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKeys {
    /// An uncompressed point of P-256.
    key: [u8; 65],
    auth: [u8; 16],
}

impl fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushKeys(redacted)")
    }
}

/// `PushSubscription.toJSON()` (Push API, section 8). Other members say nothing that is needed.
#[derive(Deserialize)]
struct Subscription {
    endpoint: String,
    keys: SubscriptionKeys,
}

#[derive(Deserialize)]
struct SubscriptionKeys {
    p256dh: String,
    auth: String,
}

impl PushKeys {
    /// The endpoint and the keys of a subscription.
    pub(super) fn parse(subscription: &str) -> Option<(String, Self)> {
        let Subscription { endpoint, keys } = serde_json::from_str(subscription).ok()?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let keys = Self::stored(decode(&keys.p256dh), decode(&keys.auth))?;
        PublicKey::from_sec1_bytes(&keys.key).ok()?;
        Some((endpoint, keys))
    }

    /// Keys that were checked before they were stored.
    pub(super) fn stored(key: Option<Vec<u8>>, auth: Option<Vec<u8>>) -> Option<Self> {
        let (key, auth) = (key?.try_into().ok()?, auth?.try_into().ok()?);
        Some(Self { key, auth })
    }

    pub(super) const fn key(&self) -> &[u8] {
        &self.key
    }

    pub(super) const fn auth(&self) -> &[u8] {
        &self.auth
    }

    /// A message in the coding `aes128gcm` (RFC 8188), with a salt and a key of its own.
    ///
    /// # Errors
    /// `Unexpected` if the stored key is no point of the curve.
    pub fn encrypt(&self, message: Vec<u8>) -> Result<Vec<u8>> {
        let key = PublicKey::from_sec1_bytes(&self.key).map_err(Error::unexpected)?;
        let size = u32::try_from(message.len() + RECORD_OVERHEAD).map_err(Error::unexpected)?;
        let sealed = encrypt(message, &key, &Auth::from(self.auth));
        let mut sealed = sealed.map_err(Error::unexpected)?;
        // The record size, after the salt. The library stores the record's length, but it must be greater (RFC 8291,
        // section 4).
        sealed[16..20].copy_from_slice(&size.to_be_bytes());
        Ok(sealed)
    }
}

/// Derives the key that identifies this site.
#[derive(Debug)]
pub struct PushSigner(SigningKey);

impl Default for PushSigner {
    fn default() -> Self {
        Self(SigningKey::new("push", CONTEXT))
    }
}

impl PushSigner {
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn key_pair(&self, pool: &PgPool) -> Result<PushKeyPair> {
        let key = self.0.get(pool).await?;
        // Nearly every 32-byte number is a valid private key of P-256, so the first one usually is.
        let mut derived = (0_u32..).map(|n| SecretKey::from_slice(&key.derive(&n.to_be_bytes())));
        let secret = derived.find_map(std::result::Result::ok);
        secret
            .map(PushKeyPair)
            .ok_or_else(|| Error::unexpected("no key of P-256"))
    }
}

/// The key that identifies this site.
pub struct PushKeyPair(SecretKey);

impl fmt::Debug for PushKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushKeyPair(redacted)")
    }
}

impl PushKeyPair {
    /// The public key, as browsers take it for `applicationServerKey`: an uncompressed point in base64url.
    #[must_use]
    pub fn public(&self) -> String {
        let point = self.0.public_key().to_encoded_point(false);
        URL_SAFE_NO_PAD.encode(point.as_bytes())
    }

    /// The private key in PKCS #8, for whatever signs with it.
    ///
    /// # Errors
    /// `Unexpected`.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>> {
        let document = self.0.to_pkcs8_der().map_err(Error::unexpected)?;
        Ok(document.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The receiver's keys in the example of RFC 8291, appendix A.
    const KEY: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const SECRET: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn subscription(key: &str, auth: &str) -> String {
        json!({ "endpoint": "https://push.example/1", "expirationTime": null, "keys": { "p256dh": key, "auth": auth } }).to_string()
    }

    #[test]
    fn a_browser_decrypts_what_is_sent_to_it() {
        let (endpoint, keys) = PushKeys::parse(&subscription(KEY, AUTH)).expect("valid");
        assert_eq!(endpoint, "https://push.example/1");
        let sent = keys.encrypt(b"When I grow up".to_vec()).expect("encrypts");
        assert_eq!(sent[16..20], [0, 0, 0, 14 + 18]);
        assert_ne!(
            sent,
            keys.encrypt(b"When I grow up".to_vec()).expect("encrypts")
        );
        let secret = URL_SAFE_NO_PAD.decode(SECRET).expect("base64url");
        let secret = SecretKey::from_slice(&secret).expect("a key");
        let auth = Auth::from(keys.auth);
        let read = web_push_native::decrypt(sent, &secret, &auth).expect("decrypts");
        assert_eq!(read, b"When I grow up");
    }

    #[test]
    fn what_is_no_subscription_is_refused() {
        // The last digit is part of a coordinate.
        let off_the_curve = KEY.replace("Aiw4", "Aiw8");
        for (key, auth) in [
            ("", AUTH),
            (&KEY[..80], AUTH),
            (off_the_curve.as_str(), AUTH),
            (KEY, ""),
            (KEY, "BTBZMqHH6r4Tts7J_aSI"),
            (KEY, "not base64!"),
        ] {
            assert_eq!(
                PushKeys::parse(&subscription(key, auth)),
                None,
                "{key} {auth}"
            );
        }
        for text in ["", "null", "{}", r#"{"endpoint":"https://push.example/1"}"#] {
            assert_eq!(PushKeys::parse(text), None, "{text}");
        }
        let padded = format!("{AUTH}==");
        assert!(PushKeys::parse(&subscription(KEY, &padded)).is_some());
    }
}
