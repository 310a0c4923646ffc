//! The name and the e-mail of an account.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{context::write, session::account_page},
    guildhall::{
        account::{self, EmailChange, NewEmail},
        account_mail::MailKind,
        quota::QuotaKind,
        store::Tx,
    },
};

/// Changes the account's name, wherever it is shown.
///
/// # Errors
/// `Invalid` for `name`; `TooMany` above the daily limit.
#[server(prefix = "/writes", endpoint = "rename-account", input = Json, output = Json, client = Fetch)]
pub async fn rename_account(name: String) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        if account::rename(&mut tx, &viewer, &name).await? {
            let (quotas, origin) = (context.quotas, context.request.origin());
            let kind = QuotaKind::Name;
            quotas.spend(&mut tx, kind, viewer.account, origin).await?;
        }
        tx.commit().await?;
        Ok(account_page(
            "Your name is changed, also on your earlier projects and bids.",
        ))
    })
    .await
}

/// Changes the account's e-mail, once the new address has been confirmed if the account has a confirmed one. The attempt
/// counts as a sign-up, because it also sends a letter to an address that may be a stranger's.
///
/// # Errors
/// `Invalid` for `email` or `present_password`, `SignInAgain`, the refusals of a code; `TooMany` after too many wrong passwords
/// or sign-ups.
#[server(prefix = "/writes", endpoint = "change-email", input = Json, output = Json, client = Fetch)]
pub async fn change_email(
    email: String,
    present_password: String,
    code: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from("/account/email");
        let new = NewEmail::parse(&email)?;
        context.request.prove(present_password, code).await?;
        let (quotas, origin) = (context.quotas, context.request.origin());
        quotas.begin_sign_up(&context.pool, origin).await?;
        let browser = context.request.browser().await?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        let purpose = MailKind::ConfirmNewEmail.name();
        quotas.spend_letter(&mut tx, purpose, &new, origin).await?;
        let change = account::change_email(&mut tx, &viewer, &new, &browser).await?;
        tx.commit().await?;
        Ok(account_page(match change {
            EmailChange::Done => {
                "Your e-mail address is changed, and all other sessions have ended. Sign in with the new address from now on, and confirm it with the link in the e-mail we have sent to it."
            }
            EmailChange::Requested => {
                "Open the link in the e-mail that we have sent to the new address: then your address changes. Until then, everything stays as it is."
            }
        }))
    })
    .await
}
