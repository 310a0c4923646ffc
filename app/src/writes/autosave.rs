//! Saving what is typed into a project's form, without a button.

use super::{Fetch, ProjectFields, Refused, WriteSuccess, json::Json};
use guildhall::project::ProjectId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::{
        RefusalKind,
        context::{Context, write},
    },
    guildhall::{
        Error,
        account::{Role, Viewer},
        autosave::{self, AutosaveId, FormId, FormWindow, MAX_BYTES, SaveResult},
        disk::DataKind,
        field::{FieldError, ValueError},
        receipt,
        store::Tx,
    },
};

/// Saves what is typed into the form of a new project, or of `draft`, and returns a sentence that says when. The fields
/// need not be valid.
///
/// # Errors
/// `NotAllowed` for buyers; `Invalid` for fields that are too long or contain U+0000; `Sent` or `OtherWindow` for a form
/// that was sent, or saved by another window than `window`; `StalePage` for a malformed key, a discarded text, or
/// somebody else's draft; `Unavailable` when the disk is nearly full or too many other
/// texts are being stored.
#[server(prefix = "/writes", endpoint = "autosave-project", input = Json, output = Json, client = Fetch)]
pub async fn autosave_project(
    draft: Option<ProjectId>,
    fields: ProjectFields,
    form_key: String,
    window: Option<String>,
) -> Result<String, Refused> {
    let saved = write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let _turn = context.drafting.take(&context.request.client()).await?;
        let key = form_key.parse().map_err(|_| receipt::Refusal::StalePage)?;
        let window = FormWindow::from_field(&window.unwrap_or_default());
        let form = FormId { key, draft };
        let SaveResult { at, is_behind, .. } =
            save(context, &viewer, form, window, &fields).await?;
        let at = context.request.zone().clock(at);
        let behind = if is_behind {
            " The draft was changed in another window since you opened it here."
        } else {
            ""
        };
        Ok(format!("What you typed was saved at {at}.{behind}"))
    });
    saved.await.map_err(|refused| match refused.kind {
        RefusalKind::SignInRequired => Refused {
            message: "Press “Save draft” and sign in: that keeps it.".to_owned(),
            ..refused
        },
        _ => refused,
    })
}

/// Saves a form when a button was pressed that leads to another page about it. Returns what was saved, or `None` if that is
/// impossible now. Only the handler of plain forms calls this.
///
/// # Errors
/// `NotAllowed` for buyers, `Sent` for the form of a new project that was sent before, `Unavailable` when too many other texts
/// are being stored.
#[cfg(feature = "ssr")]
pub async fn keep_form(
    draft: Option<ProjectId>,
    fields: ProjectFields,
    form_key: String,
    window: Option<String>,
) -> Result<Option<AutosaveId>, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let _turn = context.drafting.take(&context.request.client()).await?;
        let window = FormWindow::from_field(&window.unwrap_or_default());
        let Ok(key) = form_key.parse() else {
            return Ok(None);
        };
        let form = FormId { key, draft };
        // Pressing a button decides which window's text counts.
        let pressed = FormWindow { id: None, ..window };
        match save(context, &viewer, form, pressed, &fields).await {
            Ok(saved) => Ok(Some(saved.id)),
            Err(error) if error.refused() == Some(&autosave::Refusal::Sent) => Err(error),
            // If the fields can't be stored, publishing reports why.
            Err(_) => Ok(None),
        }
    })
    .await
}

/// Saves the fields.
#[cfg(feature = "ssr")]
async fn save(
    context: &Context,
    viewer: &Viewer,
    form: FormId,
    window: FormWindow,
    fields: &ProjectFields,
) -> guildhall::Result<SaveResult> {
    let fields = savable(fields)?;
    context.disk.must_take(DataKind::Projects)?;
    let mut tx: Tx<'_> = context.pool.begin().await?;
    let saved = autosave::save(&mut tx, viewer.account, form, window, &fields).await?;
    tx.commit().await?;
    Ok(saved.ok_or(receipt::Refusal::StalePage)?)
}

/// The fields as they are stored.
#[cfg(feature = "ssr")]
fn savable(fields: &ProjectFields) -> guildhall::Result<Vec<autosave::Field>> {
    let fields = fields.values();
    let bytes: usize = fields.iter().map(|(n, value)| n.len() + value.len()).sum();
    if bytes > MAX_BYTES {
        return Err(too_large(&fields, bytes));
    }
    // PostgreSQL cannot store it in `jsonb`, and nobody can type it.
    if fields.iter().any(|(_, value)| value.contains('\0')) {
        return Err(Error::Invalid(Vec::new()));
    }
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Ok(fields.iter().map(owned).collect())
}

/// Reports the longest field. The limit is in bytes, and a character may take four, so the message does not mention
/// characters.
#[cfg(feature = "ssr")]
fn too_large(fields: &[(&str, &str)], bytes: usize) -> Error {
    let message = format!(
        "This form takes {} kB, and at most {} kB can be saved. Shorten this text.",
        bytes.div_ceil(1_000),
        MAX_BYTES / 1_000
    );
    let longest = fields.iter().max_by_key(|(_, value)| value.len());
    let longest = longest.map(|(name, _)| FieldError::new(name, ValueError::Refused(message)));
    Error::Invalid(longest.into_iter().collect())
}

/// Deletes an autosave.
///
/// # Errors
/// `NotAllowed` for buyers, `NotFound` for an autosave that is somebody else's or no longer exists.
#[server(prefix = "/writes", endpoint = "discard-autosave", input = Json, output = Json, client = Fetch)]
pub async fn discard_autosave(autosave: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let db = &mut *context.pool.acquire().await?;
        let id = AutosaveId(autosave);
        if !autosave::discard(db, viewer.account, id).await? {
            return Err(Error::NotFound);
        }
        Ok(WriteSuccess {
            message: "What you typed has been discarded.".to_owned(),
            location: "/dashboard".to_owned(),
        })
    })
    .await
}
