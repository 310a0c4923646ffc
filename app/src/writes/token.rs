//! Personal access tokens.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{
        disk::DataKind,
        quota::QuotaKind,
        receipt::form::{self, FormStart},
        token::{self, NewPersonalToken, Scope, Scopes, TokenId},
    },
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/account/tokens";

/// A token that was just created, with what its owner needs to try it. It is not stored, so it is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedToken {
    pub name: String,
    pub token: String,
    /// A request to the API with the token, for a terminal.
    pub command: String,
}

impl fmt::Debug for CreatedToken {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Creates a token with these scopes, which the account's role must be able to use, valid for this many days. Sending the same form again creates no second token and
/// does not show the first one again.
///
/// The current password is not required. A token can't change the password or the e-mail or create other tokens, so it
/// can't be used to take over the account (OWASP ASVS 5.0, 7.5.1 requires the password only for changes that could),
/// and accounts created through a provider have no password. A token that outlives a stolen session is limited and
/// visible: it expires within 366 days, is listed with its last use, and its creation is an event in the outbox.
///
/// # Errors
/// `Invalid` for `name`, `scopes` or `days`; `StalePage` for a malformed or outdated key, `MadeAlready`,
/// `TooManyTokens`; `TooMany` above the daily limit; `Unavailable` when the disk is nearly full.
#[server(prefix = "/writes", endpoint = "make-token", input = Json, output = Json, client = Fetch)]
pub async fn make_token(
    name: String,
    scopes: Vec<String>,
    days: String,
    form_key: String,
) -> Result<CreatedToken, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from(PAGE);
        let names: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let new = NewPersonalToken::parse(viewer.role, &name, &names, &days)?;
        let arguments = (&name, &scopes, &days);
        let mark = form::mark(viewer.account, &form_key, "make_token", &arguments)?;
        let name = new.name().to_owned();
        let FormStart::First(mut once) = form::begin(&context.pool, mark).await? else {
            return Err(token::Refusal::MadeAlready { name }.into());
        };
        context.disk.must_take(DataKind::Tokens)?;
        let (quotas, origin) = (context.quotas, context.request.origin());
        quotas
            .spend(once.tx(), QuotaKind::Token, viewer.account, origin)
            .await?;
        let secret = token::create_personal(once.tx(), viewer.account, &new).await?;
        // The receipt contains no part of the token.
        once.commit(()).await?;
        let token = secret.reveal().to_owned();
        let (site, path) = (&context.base_url, example_path(new.scopes()));
        let command = format!("curl -H \"Authorization: Bearer {token}\" {site}{path}");
        Ok(CreatedToken {
            name,
            token,
            command,
        })
    })
    .await
}

/// A path of the API that the token may read.
#[cfg(feature = "ssr")]
const fn example_path(scopes: Scopes) -> &'static str {
    if scopes.contains(Scope::AccountRead) {
        "/api/v1/account"
    } else {
        "/api/v1/projects"
    }
}

/// Revokes one of the account's tokens, by its id.
///
/// # Errors
/// `NotFound` if it is somebody else's.
#[server(prefix = "/writes", endpoint = "revoke-token", input = Json, output = Json, client = Fetch)]
pub async fn revoke_token(token: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        token::revoke_personal(&mut tx, &viewer, TokenId(token)).await?;
        tx.commit().await?;
        context.request.forget_tokens();
        Ok(WriteSuccess {
            message: "The token is revoked. Anything that uses it is refused from now on."
                .to_owned(),
            location: PAGE.to_owned(),
        })
    })
    .await
}
