//! The private address of an account's deadlines.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{
        calendar_feed,
        disk::DataKind,
        quota::QuotaKind,
        receipt::form::{self, FormStart},
    },
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/account/calendar";

/// Creates the account's calendar address, in place of the one it may have, and returns it. It is not stored, so it is
/// shown once: sending the same form again neither creates another one nor shows the first one again.
///
/// # Errors
/// `StalePage` for a malformed or outdated key; `MadeAlready` for a form that was sent before; `TooMany` above
/// the daily limit; `Unavailable` when the disk is nearly full.
#[server(prefix = "/writes", endpoint = "make-calendar-feed", input = Json, output = Json, client = Fetch)]
pub async fn make_calendar_feed(form_key: String) -> Result<String, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from(PAGE);
        let mark = form::mark(viewer.account, &form_key, "make_calendar_feed", &())?;
        let FormStart::First(mut once) = form::begin(&context.pool, mark).await? else {
            return Err(calendar_feed::Refusal::MadeAlready.into());
        };
        context.disk.must_take(DataKind::Tokens)?;
        let (quotas, origin) = (context.quotas, context.request.origin());
        quotas
            .spend(once.tx(), QuotaKind::Token, viewer.account, origin)
            .await?;
        let secret = calendar_feed::create(once.tx(), viewer.account).await?;
        // The receipt contains no part of the address.
        once.commit(()).await?;
        // The secret is in the query, which no log contains.
        Ok(format!(
            "{}/calendar.ics?key={}",
            context.base_url,
            secret.reveal()
        ))
    })
    .await
}

/// Revokes the account's calendar address.
///
/// # Errors
/// `SignInRequired`.
#[server(prefix = "/writes", endpoint = "revoke-calendar-feed", input = Json, output = Json, client = Fetch)]
pub async fn revoke_calendar_feed() -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        calendar_feed::revoke(&mut tx, &viewer).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message: "The address is revoked. Calendars that used it get no more deadlines."
                .to_owned(),
            location: PAGE.to_owned(),
        })
    })
    .await
}
