use crate::{
    Result,
    account::{AccountId, Viewer},
    account_mail,
    signing::{Key, SigningKey},
};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

/// Prefix of every signed message.
const CONTEXT: &[u8] = b"guildhall export 1:";
/// How long a link works, in hours.
pub const LINK_HOURS: i64 = 24;

/// The parts of a link to an export, beside the account, which is the viewer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportLink {
    /// In seconds since the Unix epoch.
    pub until: i64,
    pub signature: String,
}

impl ExportLink {
    /// The query of an address.
    #[must_use]
    pub fn query(&self) -> String {
        format!("until={}&signature={}", self.until, self.signature)
    }
}

/// Signs the links.
#[derive(Debug)]
pub struct ExportSigner(SigningKey);

impl Default for ExportSigner {
    fn default() -> Self {
        Self(SigningKey::new("export", CONTEXT))
    }
}

impl ExportSigner {
    /// A link to the viewer's export that works from `now` on for [`LINK_HOURS`].
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn link(
        &self,
        pool: &PgPool,
        viewer: &Viewer,
        now: OffsetDateTime,
    ) -> Result<ExportLink> {
        let until = (now + Duration::hours(LINK_HOURS)).unix_timestamp();
        Ok(signed(self.0.get(pool).await?, viewer.account, until))
    }

    /// Checks a link that the viewer has opened.
    ///
    /// # Errors
    /// `Refused(LinkUnknown)` if it was altered or made for another account, `Refused(LinkExpired)`.
    pub async fn check(
        &self,
        pool: &PgPool,
        viewer: &Viewer,
        link: &ExportLink,
        now: OffsetDateTime,
    ) -> Result<()> {
        let key = self.0.get(pool).await?;
        Ok(check(key, viewer.account, link, now)?)
    }
}

fn message(account: AccountId, until: i64) -> String {
    format!("{}~{until}", account.0)
}

fn signed(key: &Key, account: AccountId, until: i64) -> ExportLink {
    let signature = key.sign(message(account, until).as_bytes());
    ExportLink { until, signature }
}

fn check(
    key: &Key,
    account: AccountId,
    link: &ExportLink,
    now: OffsetDateTime,
) -> Result<(), account_mail::Refusal> {
    if !key.verify(message(account, link.until).as_bytes(), &link.signature) {
        return Err(account_mail::Refusal::LinkUnknown);
    }
    if link.until <= now.unix_timestamp() {
        return Err(account_mail::Refusal::LinkExpired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use account_mail::Refusal;
    use proptest::prelude::*;

    fn key(byte: u8) -> Key {
        Key::new([byte; 64], CONTEXT)
    }

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).expect("a time")
    }

    proptest! {
        #[test]
        fn a_link_works_for_its_account_until_it_expires(account in 1_i64.., other in 1_i64.., until in 0..4_000_000_000_i64) {
            let link = signed(&key(1), AccountId(account), until);
            let check = |key: &Key, account, link: &ExportLink, now| check(key, AccountId(account), link, at(now));
            prop_assert_eq!(check(&key(1), account, &link, until - 1), Ok(()));
            prop_assert_eq!(check(&key(1), account, &link, until), Err(Refusal::LinkExpired));
            prop_assert_eq!(check(&key(2), account, &link, until - 1), Err(Refusal::LinkUnknown));
            if other != account {
                prop_assert_eq!(check(&key(1), other, &link, until - 1), Err(Refusal::LinkUnknown));
            }
            let longer = ExportLink { until: until + 1, ..link };
            prop_assert_eq!(check(&key(1), account, &longer, until), Err(Refusal::LinkUnknown));
        }
    }
}
