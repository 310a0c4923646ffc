//! The export and the erasure of an account.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{
        account,
        account_mail::MailKind,
        erasure, export,
        quota::QuotaKind,
        store::{self, Tx},
    },
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/account/privacy";

/// Makes a link to an export of the account, and leads to its page. The owner is told by mail.
///
/// # Errors
/// `Invalid` for `present_password`, `SignInAgain`, the refusals of a code; `TooMany` after too many wrong passwords or above the daily limit.
#[server(prefix = "/writes", endpoint = "request-export", input = Json, output = Json, client = Fetch)]
pub async fn request_export(
    present_password: String,
    code: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from("/account/export");
        context.request.prove(present_password, code).await?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        let (quotas, origin) = (context.quotas, context.request.origin());
        let kind = QuotaKind::Export;
        quotas.spend(&mut tx, kind, viewer.account, origin).await?;
        export::announce(&mut tx, &viewer).await?;
        let now = store::now(&mut tx).await?;
        tx.commit().await?;
        let link = context.exports.link(&context.pool, &viewer, now).await?;
        Ok(WriteSuccess {
            message: "Your export is ready. We have told you so by e-mail, in case it was not you who asked."
                .to_owned(),
            location: format!("/account/export/ready?{}", link.query()),
        })
    })
    .await
}

/// Schedules the erasure of the account, in a week. Once it is scheduled, another request changes nothing.
///
/// # Errors
/// `Invalid` for `present_password`, `SignInAgain`, the refusals of a code; `Bound` while the account has obligations;
/// `TooMany` after too many wrong passwords or requests.
#[server(prefix = "/writes", endpoint = "request-erasure", input = Json, output = Json, client = Fetch)]
pub async fn request_erasure(
    present_password: String,
    code: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from("/account/erasure");
        context.request.prove(present_password, code).await?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        let (quotas, origin) = (context.quotas, context.request.origin());
        let email = account::find(&mut tx, viewer.account).await?.email;
        // An address that is not confirmed gets no letter, and must not use up those of somebody else.
        if viewer.has_confirmed_email {
            let purpose = MailKind::ErasureScheduled.name();
            quotas
                .spend_letter(&mut tx, purpose, &email, origin)
                .await?;
        }
        let scheduled = erasure::request(&mut tx, &viewer).await?;
        tx.commit().await?;
        let day = context.request.zone().long(scheduled.due_at);
        Ok(WriteSuccess {
            message: format!(
                "Your account will be erased on {day}. Until then, you can keep it with one press."
            ),
            location: PAGE.to_owned(),
        })
    })
    .await
}

/// Keeps the account.
///
/// # Errors
/// `SignInRequired`.
#[server(prefix = "/writes", endpoint = "keep-account", input = Json, output = Json, client = Fetch)]
pub async fn keep_account() -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        erasure::stop(&mut tx, &viewer).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message: "Your account stays. Nothing was erased.".to_owned(),
            location: PAGE.to_owned(),
        })
    })
    .await
}
