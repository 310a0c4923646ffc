//! Two-factor authentication.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{device, second_factor, store::Tx},
};

/// Turns two-factor authentication off.
///
/// # Errors
/// `Invalid` for `present_password`, `SignInAgain`, the refusals of a code, `IsOff`.
#[server(prefix = "/writes", endpoint = "turn-off-second-factor", input = Json, output = Json, client = Fetch)]
pub async fn turn_off_second_factor(
    present_password: String,
    code: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.request.prove(present_password, code).await?;
        let browser = context.request.browser().await?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        second_factor::turn_off(&mut tx, viewer.account, Some(&browser)).await?;
        tx.commit().await?;
        Ok(two_factor_page("Two-factor authentication is off."))
    })
    .await
}

/// Ends the trust in the account's browsers: each is asked for a code at its next sign-in.
///
/// # Errors
/// `SignInRequired`, `Unavailable`.
#[server(prefix = "/writes", endpoint = "forget-trusted-browsers", input = Json, output = Json, client = Fetch)]
pub async fn forget_trusted_browsers() -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let db = &mut *context.pool.acquire().await?;
        device::end_trust(db, viewer.account).await?;
        Ok(two_factor_page(
            "No browser is trusted now. Each is asked for a code at its next sign-in.",
        ))
    })
    .await
}

#[cfg(feature = "ssr")]
fn two_factor_page(message: &str) -> WriteSuccess {
    WriteSuccess {
        message: message.to_owned(),
        location: "/account/two-factor".to_owned(),
    }
}
