//! Links that end one kind of mail without a sign-in (RFC 8058). Whoever has the link can only turn that kind off.

use super::{NoticeChannel, NoticeKind, store::preference};
use crate::{
    Error, Result,
    account::AccountId,
    signing::{Key, SigningKey},
};
use sqlx::PgPool;

/// Prefix of every signed message.
const CONTEXT: &[u8] = b"guildhall unsubscribe 1:";

/// Signs the links.
#[derive(Debug)]
pub struct Unsubscriber(SigningKey);

impl Default for Unsubscriber {
    fn default() -> Self {
        Self(SigningKey::new("unsubscribe", CONTEXT))
    }
}

impl Unsubscriber {
    /// The token of the link that ends this kind of mail to this account.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn token(
        &self,
        pool: &PgPool,
        account: AccountId,
        kind: NoticeKind,
    ) -> Result<String> {
        Ok(signed(self.0.get(pool).await?, account, kind))
    }

    /// The account and the kind of a token.
    ///
    /// # Errors
    /// `NotFound` for a token that is not ours.
    pub async fn read(&self, pool: &PgPool, token: &str) -> Result<(AccountId, NoticeKind)> {
        read(self.0.get(pool).await?, token).ok_or(Error::NotFound)
    }

    /// Turns off mail of the kind that the token names, and returns the kind. For a digest, turns off every kind that
    /// the digest collects. A repeat changes nothing.
    ///
    /// # Errors
    /// `NotFound` for a token that is not ours; `Busy` or `Unexpected`.
    pub async fn unsubscribe(&self, pool: &PgPool, token: &str) -> Result<NoticeKind> {
        let (account, kind) = self.read(pool, token).await?;
        let ended: Vec<NoticeKind> = match kind {
            NoticeKind::MailDigest => (NoticeKind::ALL.iter().copied())
                .filter(|kind| kind.delay().is_for_digest())
                .collect(),
            _ => vec![kind],
        };
        let ended = ended.into_iter().filter(|kind| kind.required().is_none());
        let db = &mut *pool.acquire().await?;
        preference::turn_off(
            db,
            account,
            &ended.collect::<Vec<_>>(),
            NoticeChannel::Email,
        )
        .await?;
        Ok(kind)
    }
}

fn signed(key: &Key, account: AccountId, kind: NoticeKind) -> String {
    let message = format!("{}~{}", account.0, kind.name());
    format!("{message}~{}", key.sign(message.as_bytes()))
}

fn read(key: &Key, token: &str) -> Option<(AccountId, NoticeKind)> {
    let (message, signature) = token.rsplit_once('~')?;
    if !key.verify(message.as_bytes(), signature) {
        return None;
    }
    let (account, kind) = message.split_once('~')?;
    Some((AccountId(account.parse().ok()?), NoticeKind::by_name(kind)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> Key {
        Key::new([byte; 64], CONTEXT)
    }

    proptest! {
        #[test]
        fn a_token_names_the_account_and_the_kind_it_was_made_for(account in any::<i64>(), index in 0..NoticeKind::ALL.len()) {
            let kind = NoticeKind::ALL[index];
            let token = signed(&key(1), AccountId(account), kind);
            prop_assert_eq!(read(&key(1), &token), Some((AccountId(account), kind)));
            prop_assert_eq!(read(&key(2), &token), None);
            let (message, signature) = token.rsplit_once('~').expect("three parts");
            let other = message.replacen(|c: char| c.is_ascii_digit(), "x", 1);
            prop_assert_eq!(read(&key(1), &format!("{other}~{signature}")), None);
        }

        #[test]
        fn an_unsigned_token_is_none_of_ours(token in any::<String>()) {
            prop_assert_eq!(read(&key(1), &token), None);
        }
    }
}
