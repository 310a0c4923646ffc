//! Secrets of webhooks and the signatures made with them (Standard Webhooks, <https://www.standardwebhooks.com>).
//!
//! A secret is derived from a key of the server, the webhook's id and a generation, so the table of webhooks has none.

use super::WebhookId;
use crate::{
    Result,
    signing::{Key, SigningKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgPool;
use std::fmt;
use time::OffsetDateTime;
use uuid::Uuid;

/// Prefix of every message that a secret is derived from.
const CONTEXT: &[u8] = b"guildhall webhook 1:";

/// Derives the secrets.
#[derive(Debug)]
pub struct WebhookSecrets(SigningKey);

impl Default for WebhookSecrets {
    fn default() -> Self {
        Self(SigningKey::new("webhook", CONTEXT))
    }
}

impl WebhookSecrets {
    /// The secret of this generation.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn of(
        &self,
        pool: &PgPool,
        webhook: WebhookId,
        generation: i32,
    ) -> Result<WebhookSecret> {
        Ok(derived(self.0.get(pool).await?, webhook, generation))
    }
}

fn derived(key: &Key, webhook: WebhookId, generation: i32) -> WebhookSecret {
    WebhookSecret(key.derive(format!("{}~{generation}", webhook.0).as_bytes()))
}

/// A secret that receivers verify messages with.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret([u8; 32]);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(redacted)")
    }
}

impl WebhookSecret {
    /// The secret as its owner copies it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// A signature, for the header `webhook-signature`, which may have several, separated by spaces.
    #[must_use]
    pub fn sign(&self, id: Uuid, at: OffsetDateTime, body: &[u8]) -> String {
        signature(&self.0, &id.to_string(), at.unix_timestamp(), body)
    }
}

fn signature(secret: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The example of the specification's libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = STANDARD
            .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .expect("base64");
        let signed = signature(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_webhook_and_generation_has_a_secret_of_its_own() {
        let key = |byte| Key::new([byte; 64], CONTEXT);
        let mut secrets = BTreeSet::new();
        for byte in [1, 2] {
            for (webhook, generation) in [(1, 1), (1, 2), (11, 1), (1, 11)] {
                let secret = derived(&key(byte), WebhookId(webhook), generation).reveal();
                assert!(
                    secret.starts_with("whsec_") && secret.len() == 50,
                    "{secret}"
                );
                secrets.insert(secret);
            }
        }
        assert_eq!(secrets.len(), 8);
        let secret = derived(&key(1), WebhookId(1), 1);
        assert_eq!(format!("{secret:?}"), "WebhookSecret(redacted)");
    }
}
