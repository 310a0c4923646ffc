//! Passkeys. A browser's answers to challenges arrive in forms: see the handlers.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{
        passkey::{self, PasskeyId, Prompt},
        store::Tx,
    },
};

#[cfg(feature = "ssr")]
const LIST: &str = "/account/passkeys";

/// Begins a sign-in with a passkey in this browser, and returns the options for `navigator.credentials.get`, as JSON. They work
/// once: for five minutes, or, to offer passkeys in a field, for an hour.
///
/// # Errors
/// `NotAllowed` if this site's address is not a domain name, `TooMany`.
#[server(prefix = "/writes", endpoint = "begin-passkey-sign-in", input = Json, output = Json, client = Fetch)]
pub async fn begin_passkey_sign_in(is_offer: bool) -> Result<String, Refused> {
    write(async |context| {
        let prompt = match is_offer {
            true => Prompt::Offer,
            false => Prompt::Button,
        };
        context.request.begin_passkey_sign_in(prompt).await
    })
    .await
}

/// Renames a passkey. This requires a proof: otherwise, somebody who uses an open session could give their own passkey the
/// name of one that the owner knows.
///
/// # Errors
/// `NotFound` if it is somebody else's; `Invalid` for `name` and `present_password`, `SignInAgain`, the refusals of a code.
#[server(prefix = "/writes", endpoint = "rename-passkey", input = Json, output = Json, client = Fetch)]
pub async fn rename_passkey(
    passkey: i64,
    name: String,
    present_password: String,
    code: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let name = passkey::parsed_name(&name)?;
        context.request.prove(present_password, code).await?;
        let db = &mut *context.pool.acquire().await?;
        passkey::rename(db, &viewer, PasskeyId(passkey), &name).await?;
        Ok(WriteSuccess {
            message: "The passkey is renamed.".to_owned(),
            location: LIST.to_owned(),
        })
    })
    .await
}

/// Removes a passkey, which then signs nobody in.
///
/// # Errors
/// `NotFound` if it is somebody else's; `Invalid` for `present_password`, `SignInAgain`, the refusals of a code.
#[server(prefix = "/writes", endpoint = "remove-passkey", input = Json, output = Json, client = Fetch)]
pub async fn remove_passkey(
    passkey: i64,
    present_password: String,
    code: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.request.prove(present_password, code).await?;
        let browser = context.request.browser().await?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        passkey::remove(&mut tx, &viewer, &browser, PasskeyId(passkey)).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message:
                "The passkey is removed. You can delete it in your device or password manager, too."
                    .to_owned(),
            location: LIST.to_owned(),
        })
    })
    .await
}
