//! Projects: drafting, publishing, discarding, cancelling.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use guildhall::project::ProjectId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::{Context, write},
    guildhall::{
        Error,
        account::{Role, Viewer},
        autosave::{self, AutosaveId, FormId, FormWindow},
        disk::DataKind,
        field::{self, FieldError, ValueError},
        moment::{self, Wall, Zone},
        project::{self, Details, FulfillmentInput, LIMITS, ProjectInput, Publication, Purpose},
        quota::QuotaKind,
        receipt::form::{self, FormStart},
    },
};

/// A project as it was typed into its form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFields {
    pub name: String,
    pub summary: String,
    pub description: String,
    pub category: String,
    /// Separated by commas.
    pub skills: String,
    pub budget: String,
    pub currency: String,
    /// In the wall-clock time of `time_zone`, in the format of a date-time field.
    pub deadline: String,
    /// Which hour is meant if clocks show the same time twice; otherwise empty.
    pub deadline_hour: String,
    /// The deadline that the form was shown with, in RFC 3339; empty if it had none.
    pub deadline_shown: String,
    pub time_zone: String,
    /// `remote`, `on_site` or empty. Like the fields below, it is left out while it is empty: a form that was sent to
    /// the version without these fields is recognized when it is sent again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub work_place: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// In the format of a date field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub delivery_date: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub duration: String,
    /// `days`, `weeks` or `months`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub duration_unit: String,
}

impl ProjectFields {
    /// The fields of a form, given the value of the field with a name.
    pub fn of(value: impl Fn(&'static str) -> String) -> Self {
        Self {
            name: value("name"),
            summary: value("summary"),
            description: value("description"),
            category: value("category"),
            skills: value("skills"),
            budget: value("budget"),
            currency: value("currency"),
            deadline: value("deadline"),
            deadline_hour: value("deadline_hour"),
            deadline_shown: value("deadline_shown"),
            time_zone: value("time_zone"),
            work_place: value("work_place"),
            site: value("site"),
            delivery_date: value("delivery_date"),
            duration: value("duration"),
            duration_unit: value("duration_unit"),
        }
    }

    /// Names and values, in the order of the form.
    #[cfg(feature = "ssr")]
    pub(super) fn values(&self) -> [(&'static str, &str); 16] {
        [
            ("name", &self.name),
            ("summary", &self.summary),
            ("description", &self.description),
            ("category", &self.category),
            ("skills", &self.skills),
            ("budget", &self.budget),
            ("currency", &self.currency),
            ("deadline", &self.deadline),
            ("deadline_hour", &self.deadline_hour),
            ("deadline_shown", &self.deadline_shown),
            ("time_zone", &self.time_zone),
            ("work_place", &self.work_place),
            ("site", &self.site),
            ("delivery_date", &self.delivery_date),
            ("duration", &self.duration),
            ("duration_unit", &self.duration_unit),
        ]
    }
}

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
        match super::autosave::save(context, &viewer, form, window, true, &fields).await {
            Ok(saved) => Ok(Some(saved.id)),
            Err(error) if error.refused() == Some(&autosave::Refusal::Sent) => Err(error),
            // What can't be stored is said on publishing.
            Err(_) => Ok(None),
        }
    })
    .await
}

/// Checks that a form could be published now. Only the handler of plain forms calls this.
///
/// # Errors
/// Those of [`review_project`].
#[cfg(feature = "ssr")]
pub async fn check_project(
    draft: Option<ProjectId>,
    fields: ProjectFields,
    window: Option<String>,
) -> Result<(), Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let _turn = context.drafting.take(&context.request.client()).await?;
        let window = FormWindow::from_field(&window.unwrap_or_default());
        publication(context, &viewer, draft, &fields, window).await?;
        Ok(())
    })
    .await
}

/// What publishing would make public at the moment, and its description as sanitized HTML. Only the handlers of pages
/// call this.
///
/// # Errors
/// The errors of [`publish_project`] except `TooMany` and the one for a full disk.
#[cfg(feature = "ssr")]
pub async fn review_project(
    draft: Option<ProjectId>,
    fields: ProjectFields,
    window: Option<String>,
) -> Result<(Publication, String), Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Seller)?;
        let _turn = context.drafting.take(&context.request.client()).await?;
        let window = FormWindow::from_field(&window.unwrap_or_default());
        let publication = publication(context, &viewer, draft, &fields, window).await?;
        let text = publication.description.clone();
        let html = context.request.render(text).await?;
        Ok((publication, html))
    })
    .await
}

/// The form as a project that could be published now.
#[cfg(feature = "ssr")]
async fn publication(
    context: &Context,
    viewer: &Viewer,
    draft: Option<ProjectId>,
    fields: &ProjectFields,
    window: FormWindow,
) -> guildhall::Result<Publication> {
    let details = fields.details(Purpose::Publish)?;
    let draft = draft.map(|draft| (draft, window.draft_form()));
    project::review(&mut *context.pool.acquire().await?, viewer, draft, details).await
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

#[cfg(feature = "ssr")]
impl ProjectFields {
    /// # Errors
    /// `Invalid` with every field that is wrong.
    fn details(&self, purpose: Purpose) -> guildhall::Result<Details> {
        let wall = Wall {
            text: &self.deadline,
            hour: self.deadline_hour.parse().ok(),
            shown: moment::from_rfc3339(&self.deadline_shown),
        };
        let typed = ProjectInput {
            name: &self.name,
            summary: &self.summary,
            description: &self.description,
            category: &self.category,
            skills: &self.skills,
            currency: &self.currency,
            budget: &self.budget,
            deadline: Zone::by_name(&self.time_zone).and_then(|zone| zone.parse(&wall)),
            fulfillment: FulfillmentInput {
                work_place: &self.work_place,
                site: &self.site,
                delivery_date: &self.delivery_date,
                duration: &self.duration,
                duration_unit: &self.duration_unit,
            },
        };
        Details::parse(&typed, purpose).map_err(|error| match error {
            Error::Invalid(errors) => {
                Error::Invalid(errors.into_iter().map(at_its_field).collect())
            }
            other => other,
        })
    }
}

/// The deadline is entered in two fields; an unknown zone is an error of the second one.
#[cfg(feature = "ssr")]
fn at_its_field(error: FieldError) -> FieldError {
    match error.problem {
        ValueError::NotAZone => FieldError::new("time_zone", ValueError::NotAZone),
        _ => error,
    }
}
