//! Projects: drafting, publishing, discarding, cancelling.

use super::{Fetch, ProjectFields, Refused, WriteSuccess, json::Json};
use guildhall::project::ProjectId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::{Context, write},
    guildhall::{
        Error,
        account::Role,
        autosave::{self, FormId, FormWindow},
        disk::DataKind,
        field::{self, FieldError},
        project::{self, LIMITS, Purpose},
        quota::QuotaKind,
        receipt::form::{self, FormStart},
    },
};

/// The description as buyers would see it, as sanitized HTML. Nothing is stored.
///
/// # Errors
/// `NotAllowed` for buyers, `Invalid` for `description`, `Unavailable` when too many texts are being rendered.
#[server(prefix = "/writes", endpoint = "preview-description", input = Json, output = Json, client = Fetch)]
pub async fn preview_description(description: String) -> Result<String, Refused> {
    write(async |context| {
        context.signed_in_as(Role::Seller)?;
        let _turn = context.drafting.take(&context.request.client()).await?;
        let text = field::body(&description, 0, LIMITS.description.1)
            .map_err(|problem| Error::Invalid(vec![FieldError::new("description", problem)]))?;
        context.request.render(text).await
    })
    .await
}

/// Saves a new draft, or changes `draft`. `window` is the form's hidden field of that name.
///
/// # Errors
/// `NotAllowed` for buyers, `NotFound` for somebody else's draft, `Invalid` for the fields that are wrong; `StalePage`
/// for a malformed or outdated key, `NotADraft`, `TooManyDrafts`, `ChangedElsewhere`; `TooMany` above the daily limit; `Unavailable` when
/// the disk is nearly full or too many other texts are being stored.
#[server(prefix = "/writes", endpoint = "save-draft", input = Json, output = Json, client = Fetch)]
pub async fn save_draft(
    draft: Option<ProjectId>,
    fields: ProjectFields,
    form_key: String,
    window: Option<String>,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let window = FormWindow::from_field(&window.unwrap_or_default());
        let id = store(context, Purpose::Draft, draft, &fields, &form_key, window).await?;
        Ok(WriteSuccess {
            message: "The draft is saved. Only you can see it.".to_owned(),
            location: format!("/projects/{id}/edit"),
        })
    })
    .await
}

/// Publishes a new project, or `draft` with the form's contents.
///
/// # Errors
/// The errors of [`save_draft`] except `TooManyDrafts`.
#[server(prefix = "/writes", endpoint = "publish-project", input = Json, output = Json, client = Fetch)]
pub async fn publish_project(
    draft: Option<ProjectId>,
    fields: ProjectFields,
    form_key: String,
    window: Option<String>,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let window = FormWindow::from_field(&window.unwrap_or_default());
        let id = store(context, Purpose::Publish, draft, &fields, &form_key, window).await?;
        Ok(WriteSuccess {
            message: "The project is published and takes bids.".to_owned(),
            location: format!("/projects/{id}"),
        })
    })
    .await
}

/// Deletes a draft.
///
/// # Errors
/// `NotAllowed` for buyers, `NotFound` for somebody else's draft; `StalePage`, `NotADraft`.
#[server(prefix = "/writes", endpoint = "discard-draft", input = Json, output = Json, client = Fetch)]
pub async fn discard_draft(draft: ProjectId, form_key: String) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let mark = form::mark(viewer.account, &form_key, "discard_draft", &draft)?;
        if let FormStart::First(mut once) = form::begin(&context.pool, mark).await? {
            project::discard_draft(once.tx(), &viewer, draft).await?;
            once.commit(draft).await?;
        }
        Ok(WriteSuccess {
            message: "The draft is discarded.".to_owned(),
            location: "/dashboard".to_owned(),
        })
    })
    .await
}

/// Cancels an open project that has no live bid.
///
/// # Errors
/// `NotAllowed` for buyers, `NotFound` for somebody else's project, `Closed` after the deadline; `StalePage`,
/// `HasBids`, `NotOpen`.
#[server(prefix = "/writes", endpoint = "cancel-project", input = Json, output = Json, client = Fetch)]
pub async fn cancel_project(project: ProjectId, form_key: String) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let mark = form::mark(viewer.account, &form_key, "cancel_project", &project)?;
        if let FormStart::First(mut once) = form::begin(&context.pool, mark).await? {
            project::cancel(once.tx(), &viewer, project).await?;
            once.commit(project).await?;
        }
        Ok(WriteSuccess {
            message: "The project is cancelled. Nobody can bid on it any more.".to_owned(),
            location: format!("/projects/{project}"),
        })
    })
    .await
}

/// Stores what was typed; sending the same form again creates nothing new.
#[cfg(feature = "ssr")]
async fn store(
    context: &Context,
    purpose: Purpose,
    draft: Option<ProjectId>,
    fields: &ProjectFields,
    form_key: &str,
    window: FormWindow,
) -> guildhall::Result<ProjectId> {
    let viewer = &context.signed_in_as(Role::Seller)?;
    let _turn = context.drafting.take(&context.request.client()).await?;
    context.came_from(match draft {
        None => "/projects/new".to_owned(),
        Some(draft) => format!("/projects/{draft}/edit"),
    });
    let (verb, kind) = match (purpose, draft) {
        (Purpose::Draft, None) => ("save_draft", Some(QuotaKind::Draft)),
        (Purpose::Draft, Some(_)) => ("save_draft", None),
        (Purpose::Publish, _) => ("publish_project", Some(QuotaKind::Project)),
    };
    // A browser that sends the form itself ends lines with CR LF (WHATWG HTML, 4.10.21.8), an island with LF.
    let fields = &ProjectFields {
        description: fields.description.replace("\r\n", "\n"),
        ..fields.clone()
    };
    let mark = form::mark(viewer.account, form_key, verb, &(draft, fields))?;
    let details = fields.details(purpose)?;
    let mut once = match form::begin(&context.pool, mark).await? {
        FormStart::First(once) => once,
        FormStart::Repeated(id) => {
            // Saving is idempotent, and this window may have saved the draft with other contents in between.
            if let (Purpose::Draft, Some(draft)) = (purpose, draft) {
                let mut tx = context.pool.begin().await?;
                project::edit_draft(&mut tx, viewer, draft, &details, window.draft_form()).await?;
                tx.commit().await?;
            }
            return Ok(id);
        }
    };
    context.disk.must_take(DataKind::Projects)?;
    if let Some(kind) = kind {
        let (quotas, origin) = (context.quotas, context.request.origin());
        quotas
            .spend(once.tx(), kind, viewer.account, origin)
            .await?;
    }
    let tx = once.tx();
    let id = match (purpose, draft) {
        (Purpose::Publish, draft) => {
            let draft = draft.map(|draft| (draft, window.draft_form()));
            project::publish(tx, viewer, draft, &details).await?
        }
        (Purpose::Draft, None) => project::save_draft(tx, viewer, &details).await?,
        (Purpose::Draft, Some(draft)) => {
            project::edit_draft(tx, viewer, draft, &details, window.draft_form()).await?;
            draft
        }
    };
    if let Ok(key) = form_key.parse() {
        autosave::finish(tx, viewer.account, FormId { key, draft }).await?;
    }
    if let (Purpose::Publish, Some(draft)) = (purpose, draft) {
        autosave::finish_all(tx, viewer.account, draft).await?;
    }
    once.commit(id).await
}
