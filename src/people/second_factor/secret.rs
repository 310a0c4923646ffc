//! The secret that an authenticator app shares with the server. It is derived from a key of the server, the account and a
//! seed, so the account's row holds none.

use crate::{
    Error, Result,
    account::AccountId,
    random,
    signing::{Key, SigningKey},
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::fmt;
use totp_rs::{Builder, Totp};
use uuid::Uuid;

/// Prefix of every message that a secret is derived from.
const CONTEXT: &[u8] = b"guildhall totp 1:";
/// The length of the shared secret in bytes (RFC 4226, section 4, requirement 6).
const SECRET_BYTES: usize = 20;
/// The name under which apps list the code.
const ISSUER: &str = "Guildhall";
/// How many time steps of 30 s a code may be early or late (RFC 6238, section 5.2).
const SKEW: u16 = 1;
/// How many characters of a key are shown between two spaces.
const GROUP: usize = 4;

/// Random; a new one means a new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed(pub(super) Uuid);

impl Seed {
    /// # Errors
    /// `Unexpected` if the system has no randomness.
    pub fn random() -> Result<Self> {
        random::uuid().map(Self)
    }
}

/// Derives the secrets.
#[derive(Debug)]
pub struct TotpSecrets(SigningKey);

impl Default for TotpSecrets {
    fn default() -> Self {
        Self(SigningKey::new("totp", CONTEXT))
    }
}

impl TotpSecrets {
    pub(super) async fn of(
        &self,
        pool: &PgPool,
        account: AccountId,
        seed: Seed,
    ) -> Result<TotpSecret> {
        Ok(TotpSecret::derived(self.0.get(pool).await?, account, seed))
    }
}

/// A secret shared with an app.
#[derive(Clone)]
pub(super) struct TotpSecret([u8; SECRET_BYTES]);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(redacted)")
    }
}

impl TotpSecret {
    fn derived(key: &Key, account: AccountId, seed: Seed) -> Self {
        let derived = key.derive(format!("{}~{}", account.0, seed.0).as_bytes());
        let mut secret = [0; SECRET_BYTES];
        secret.copy_from_slice(&derived[..SECRET_BYTES]);
        Self(secret)
    }

    /// The time step of this code, if it is right at this time, in seconds since the epoch.
    pub fn step_of(&self, code: &str, now: u64) -> Result<Option<u64>> {
        Ok(self.totp("")?.check(code, now))
    }

    /// What an app needs to show codes for the account with this e-mail.
    pub fn setup_key(&self, email: &str) -> Result<SetupKey> {
        let totp = self.totp(email)?;
        let text: Vec<char> = totp.secret().to_base32().chars().collect();
        let groups: Vec<String> = text
            .chunks(GROUP)
            .map(|group| group.iter().collect())
            .collect();
        Ok(SetupKey {
            text: groups.join(" "),
            url: totp.to_url().map_err(Error::unexpected)?,
        })
    }

    fn totp(&self, email: &str) -> Result<Totp> {
        Builder::new()
            .with_secret(self.0)
            .with_skew(SKEW)
            .with_issuer(Some(ISSUER))
            // The label has no colon (Key URI Format of Google Authenticator).
            .with_account_name(email.replace(':', "_"))
            .build()
            .map_err(Error::unexpected)
    }
}

/// What an authenticator app needs, for its owner to scan or type.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupKey {
    /// In base 32, in groups of four.
    pub text: String,
    /// An `otpauth` URL with the same secret.
    pub url: String,
}

impl fmt::Debug for SetupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: TotpSecret = TotpSecret(*b"12345678901234567890");

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // The last six of the eight digits that the RFC lists.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(RFC.step_of(code, time).unwrap(), Some(time / 30), "{time}");
        }
    }

    #[test]
    fn a_code_is_right_for_a_step_before_and_after_its_own() {
        let accepted: Vec<u64> = (0..300)
            .filter(|time| RFC.step_of("287082", *time).unwrap().is_some())
            .collect();
        assert_eq!((accepted[0], accepted.len()), (0, 90));
        assert!(
            accepted
                .iter()
                .all(|time| RFC.step_of("287082", *time).unwrap() == Some(1))
        );
    }

    #[test]
    fn the_key_names_the_account_and_has_the_secret_in_base_32() {
        let key = RFC.setup_key("a:b@example.com").unwrap();
        assert_eq!(key.text, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            key.url,
            "otpauth://totp/Guildhall:a_b%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Guildhall"
        );
    }

    #[test]
    fn another_account_or_seed_has_another_secret() {
        let key = Key::new([7; 64], CONTEXT);
        let (one, two) = (Seed(Uuid::from_u128(1)), Seed(Uuid::from_u128(2)));
        let secrets = [(1, one), (2, one), (1, two)]
            .map(|(account, seed)| TotpSecret::derived(&key, AccountId(account), seed).0);
        assert_ne!(secrets[0], secrets[1]);
        assert_ne!(secrets[0], secrets[2]);
    }
}
