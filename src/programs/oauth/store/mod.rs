//! Every SQL statement of the authorization server, one file per kind of record. Using an authorization code or
//! refresh token requires the row lock of its grant.

pub(super) mod client;
pub(super) mod code;
pub(super) mod device;
pub(super) mod grant;
pub(super) mod refresh;
pub(super) mod token;

use super::ActiveToken;
use crate::{account::AccountId, token::Scopes};
use time::OffsetDateTime;

/// The columns that describe a valid token, for both kinds of tokens.
struct ActiveRow {
    scopes: Vec<String>,
    account_id: i64,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl ActiveRow {
    fn active(self, is_access_token: bool) -> ActiveToken {
        ActiveToken {
            scopes: Scopes::from_stored(&self.scopes),
            account: AccountId(self.account_id),
            issued_at: self.created_at,
            expires_at: self.expires_at,
            is_access_token,
        }
    }
}
