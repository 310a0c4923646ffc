//! Saves a form that was sent without a session, or before the account's address was confirmed, and restores it.
//!
//! A form is saved if its fields `form_of` and `form_page` name its account and the page it was on, and if the device
//! cookie says that the browser signed in to that account before. Passwords are left out. The sender is redirected to
//! the sign-in page, or to the page that asks for the confirmation. The session remembers the saved form, which its page
//! shows until it is sent.
//!
//! A page opts in with `<FormKey>` in its form and `restore_or` in its GET handler.

use super::{device, posted_form::PostedForm, session, sign_in::local, visit::Visit};
use app::form::Form;
use guildhall::disk::DataKind;
use guildhall::{
    Error, Result,
    account::{AccountId, Viewer},
    device::DeviceId,
    saved_form::{self, Field},
    store::{Connection, Tx},
};
use uuid::Uuid;

/// Technical fields, which nobody types into.
const OWN_FIELDS: [&str; 6] = [KEY, "form_of", "form_page", "bid", "confirmed", "change"];
/// The field with the form's key, which is saved with what was typed: the form has had no effect under it yet.
const KEY: &str = "form_key";
/// A text of at least this many characters is shown again to be copied if its form can't be saved.
const WORTH_COPYING: usize = 20;

/// A form submitted without a session, or by an account whose address is not confirmed.
#[derive(Debug)]
pub(super) struct SavableForm {
    account: AccountId,
    page: String,
    fields: Vec<Field>,
}

impl SavableForm {
    /// The part of the form that can be saved; `None` if it does not say whose it is and on which page it was.
    pub fn of(posted: &PostedForm) -> Option<Self> {
        let account = posted.get("form_of").parse().ok().map(AccountId)?;
        let page = page_of(posted)?;
        let is_typed = |(name, _): &&Field| {
            !OWN_FIELDS.contains(&name.as_str())
                // A code works once, and not for long.
                && name != "code"
                && !["password", "secret"]
                    .iter()
                    .any(|part| name.contains(part))
        };
        let mut fields: Vec<Field> = posted.fields().iter().filter(is_typed).cloned().collect();
        if !fields.is_empty() {
            fields.push((KEY.to_owned(), posted.text(KEY)));
        }
        Some(Self {
            account,
            page,
            fields,
        })
    }
}

/// The page the form was on, according to the form.
pub(super) fn page_of(posted: &PostedForm) -> Option<String> {
    let page = local(posted.get("form_page"));
    (!page.is_empty()).then(|| page.to_owned())
}

/// What became of the form of a visitor whose session has ended or whose address is not confirmed.
#[derive(Default)]
pub(super) struct KeptForm {
    /// The page to come back to, if there is one.
    pub page: Option<String>,
    /// The longer texts of a form that could not be saved, for example because it is too long or the browser never signed
    /// in to its account. The visitor has to copy them.
    pub unsaved: Vec<Field>,
}

/// Saves the visitor's form, if it was one.
pub(super) async fn save(visit: &Visit) -> KeptForm {
    let Some(form) = visit.savable_form.get() else {
        return KeptForm::default();
    };
    let is_saved = try_save(visit, form).await.unwrap_or_else(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot save a form that could not be carried out"
        );
        false
    });
    let is_worth = |(name, text): &&Field| {
        let is_typed = !["window", KEY].contains(&name.as_str()) && !name.starts_with("deadline");
        is_typed && text.chars().count() >= WORTH_COPYING
    };
    let unsaved = match is_saved {
        true => Vec::new(),
        false => form.fields.iter().filter(is_worth).cloned().collect(),
    };
    let page = Some(form.page.clone());
    KeptForm { page, unsaved }
}

/// Returns true if the form was saved.
async fn try_save(visit: &Visit, form: &SavableForm) -> Result<bool> {
    if form.fields.is_empty() {
        return Ok(false);
    }
    let app = &visit.app;
    let Some(device) = device::of(visit).await? else {
        return Ok(false);
    };
    app.disk.must_take(DataKind::Projects)?;
    let _turn = app.drafting.take(&visit.client()).await?;
    let mut tx: Tx<'_> = app.pool.begin().await?;
    let is_saved =
        saved_form::save(&mut tx, device, form.account, &form.page, &form.fields).await?;
    if let Some(viewer) = &visit.viewer {
        remember(visit, &mut tx, device, viewer).await?;
    }
    tx.commit().await?;
    Ok(is_saved)
}

/// Remembers in the session which of the viewer's forms are saved.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn remember(
    visit: &Visit,
    db: &mut Connection,
    device: DeviceId,
    viewer: &Viewer,
) -> Result<()> {
    let pages = saved_form::pages(db, device, viewer.account).await?;
    if !pages.is_empty() {
        session::keep_saved_forms(&visit.session, &pages)
            .await
            .map_err(Error::unexpected)?;
    }
    Ok(())
}

/// The page's form as typed before the session ended, or else the given one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn restore_or(visit: &Visit, form: Form) -> Result<Form> {
    Ok(match fields_of(visit, &visit.page_path).await? {
        Some(fields) => form.restored(fields),
        None => form,
    })
}

/// The key of the page's saved form; `None` if there is no such form.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn key_of(visit: &Visit, page: &str) -> Result<Option<Uuid>> {
    let fields = fields_of(visit, page).await?.unwrap_or_default();
    let key = fields.into_iter().find(|(name, _)| name == KEY);
    Ok(key.and_then(|(_, key)| key.parse().ok()))
}

/// The saved fields of the page's form.
async fn fields_of(visit: &Visit, page: &str) -> Result<Option<Vec<Field>>> {
    let Some(viewer) = &visit.viewer else {
        return Ok(None);
    };
    let pages = session::saved_forms(&visit.session).await;
    if !pages.iter().any(|saved| saved == page) {
        return Ok(None);
    }
    let Some(device) = device::of(visit).await? else {
        return Ok(None);
    };
    let db = &mut *visit.app.pool.acquire().await?;
    saved_form::read(db, device, viewer.account, page).await
}

/// Deletes the saved form of a page, because it has been submitted successfully.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn forget(visit: &Visit) -> Result<()> {
    let (Some(viewer), Some(page)) = (&visit.viewer, visit.form_page.get()) else {
        return Ok(());
    };
    let mut pages = session::saved_forms(&visit.session).await;
    if !pages.contains(page) {
        return Ok(());
    }
    pages.retain(|saved| saved != page);
    session::keep_saved_forms(&visit.session, &pages)
        .await
        .map_err(Error::unexpected)?;
    if let Some(device) = device::of(visit).await? {
        let db = &mut *visit.app.pool.acquire().await?;
        saved_form::forget(db, device, viewer.account, page).await?;
    }
    Ok(())
}
