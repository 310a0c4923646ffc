//! A form that was sent after its sender's session had ended: it is kept, and found again after signing in.

use super::{device, posted::Posted, session, sign_in::local, visit::Visit};
use crate::disk::Storing;
use app::form::Form;
use guildhall::{
    Result,
    account::{AccountId, Viewer},
    device::DeviceId,
    saved_form::{self, Field},
    store::Connection,
};

/// Fields that every form of ours has for itself: nobody typed into them.
const OWN_FIELDS: [&str; 3] = ["form_key", "form_of", "form_page"];

/// A form that came without a session.
#[derive(Debug)]
pub(super) struct SessionlessForm {
    account: AccountId,
    page: String,
    fields: Vec<Field>,
}

impl SessionlessForm {
    /// What can be kept of the form; nothing where it says neither whose it is nor where it stood.
    pub fn of(posted: &Posted) -> Option<Self> {
        let account = posted.get("form_of").parse().ok().map(AccountId)?;
        let page = local(posted.get("form_page"));
        let is_typed = |(name, _): &&Field| {
            !OWN_FIELDS.contains(&name.as_str())
                && !["password", "secret"]
                    .iter()
                    .any(|part| name.contains(part))
        };
        let fields = posted.fields().iter().filter(is_typed).cloned().collect();
        (!page.is_empty()).then(|| Self {
            account,
            page: page.to_owned(),
            fields,
        })
    }
}

/// Keeps the form that the visitor sent, who is not signed in any more. Answers the page to come back to, where there is one.
pub(super) async fn save(visit: &Visit) -> Option<String> {
    let unsent = visit.sessionless_form.get()?;
    if let Err(error) = try_save(visit, unsent).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not keep a form that was sent without a session"
        );
    }
    Some(unsent.page.clone())
}

async fn try_save(visit: &Visit, unsent: &SessionlessForm) -> Result<()> {
    if unsent.fields.is_empty() {
        return Ok(());
    }
    let app = &visit.app;
    let Some(device) = device::of(visit).await? else {
        return Ok(());
    };
    app.disk.must_take(Storing::Projects)?;
    let _turn = app.drafting.take(&visit.client()).await?;
    let db = &mut *app.pool.acquire().await?;
    saved_form::save(db, device, unsent.account, &unsent.page, &unsent.fields).await?;
    Ok(())
}

/// Remembers in the new session that a form is kept for the viewer.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn remember(
    visit: &Visit,
    db: &mut Connection,
    device: DeviceId,
    viewer: &Viewer,
) -> Result<()> {
    if let Some(page) = saved_form::page_of(db, device, viewer.account).await? {
        session::keep_saved_form(&visit.session, &page)
            .await
            .map_err(guildhall::Error::unexpected)?;
    }
    Ok(())
}

/// The form of this page as it was typed before the session ended, or else the given one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn restored_or(visit: &Visit, form: Form) -> Result<Form> {
    let Some(viewer) = &visit.viewer else {
        return Ok(form);
    };
    if session::saved_form(&visit.session).await.as_deref() != Some(&visit.page_path) {
        return Ok(form);
    }
    let Some(device) = device::of(visit).await? else {
        return Ok(form);
    };
    let db = &mut *visit.app.pool.acquire().await?;
    let saved = saved_form::read(db, device, viewer.account, &visit.page_path).await?;
    Ok(match saved {
        Some(fields) => form.restored(fields),
        None => form,
    })
}

/// Forgets the form that was kept: one was sent with success.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn forget(visit: &Visit) -> Result<()> {
    let (Some(viewer), Some(_)) = (&visit.viewer, session::saved_form(&visit.session).await) else {
        return Ok(());
    };
    session::forget_saved_form(&visit.session)
        .await
        .map_err(guildhall::Error::unexpected)?;
    if let Some(device) = device::of(visit).await? {
        let db = &mut *visit.app.pool.acquire().await?;
        saved_form::forget(db, device, viewer.account).await?;
    }
    Ok(())
}
