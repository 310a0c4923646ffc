//! The sessions of an account.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{Context, write},
    guildhall::{account, session, session::SessionId, store::Tx},
};

/// Ends one of the account's sessions, by its id.
///
/// # Errors
/// `NotFound` for a session that has ended or is somebody else's.
#[server(prefix = "/writes", endpoint = "end-session", input = Json, output = Json, client = Fetch)]
pub async fn end_session(session: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        session::end(&mut tx, viewer.account, SessionId(session)).await?;
        tx.commit().await?;
        Ok(account_page("The session has ended."))
    })
    .await
}

/// Ends every session of the account except this browser's.
///
/// # Errors
/// `SignInRequired`, `Unavailable`.
#[server(prefix = "/writes", endpoint = "end-other-sessions", input = Json, output = Json, client = Fetch)]
pub async fn end_other_sessions() -> Result<WriteSuccess, Refused> {
    write(async |context: &Context| {
        let viewer = context.signed_in()?;
        let browser = context.request.browser().await?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        account::end_others(&mut tx, viewer.account, Some(&browser)).await?;
        tx.commit().await?;
        Ok(account_page("All other sessions have ended."))
    })
    .await
}

#[cfg(feature = "ssr")]
pub(super) fn account_page(message: &str) -> WriteSuccess {
    WriteSuccess {
        message: message.to_owned(),
        location: "/account".to_owned(),
    }
}
