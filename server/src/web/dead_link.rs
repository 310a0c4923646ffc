//! The answer to a link from a letter that does nothing.

use super::{failure::Failure, success::uncached, visit::Visit};
use crate::http::status::status;
use app::pages::DeadLink;
use axum::response::Response;
use guildhall::{Error, account, account_mail};

/// A page that says what is wrong with the link, with a button to get a new one. Any other error is rendered as usual.
pub(super) async fn show(
    visit: Visit,
    error: Error,
    next: String,
    label: &'static str,
) -> Result<Response, Failure> {
    let is_about_link = error.refused::<account_mail::Refusal>().is_some()
        || matches!(
            error.refused(),
            Some(account::Refusal::EmailTaken | account::Refusal::SeveralAccounts)
        );
    if visit.wants_json || !is_about_link {
        return Err(error.into());
    }
    let page = DeadLink {
        message: error.to_string(),
        next,
        label,
    };
    Ok(uncached(visit.page_with(status(&error), page).await?))
}
