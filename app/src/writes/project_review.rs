//! A form of a project as it could be published. Only the handlers of pages call this.

use super::{
    ProjectFields, Refused,
    context::{Context, write},
};
use guildhall::{
    account::{Role, Viewer},
    autosave::FormWindow,
    project::{self, ProjectId, Publication, Purpose},
};

/// Checks that a form could be published now.
///
/// # Errors
/// Those of [`review_project`].
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

/// What publishing would make public at the moment, and its description as sanitized HTML.
///
/// # Errors
/// The errors of [`publish_project`] except `TooMany` and the one for a full disk.
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
