//! Watched projects.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use guildhall::project::ProjectId;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{disk::DataKind, watch},
};

/// Begins to watch a project. Sending the form again changes nothing.
///
/// # Errors
/// The errors of `watch::begin`; `Unavailable` when the disk is nearly full.
#[server(prefix = "/writes", endpoint = "watch-project", input = Json, output = Json, client = Fetch)]
pub async fn watch_project(project: ProjectId) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.disk.must_take(DataKind::Follows)?;
        let mut tx = context.pool.begin().await?;
        watch::begin(&mut tx, &viewer, project).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message:
                "You’re watching this project. We’ll notify you before it closes, and when it ends."
                    .to_owned(),
            location: format!("/projects/{project}"),
        })
    })
    .await
}

/// Stops watching a project.
///
/// # Errors
/// `SignInRequired`.
#[server(prefix = "/writes", endpoint = "stop-watching", input = Json, output = Json, client = Fetch)]
pub async fn stop_watching(project: ProjectId) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let db = &mut *context.pool.acquire().await?;
        watch::end(db, &viewer, project).await?;
        Ok(WriteSuccess {
            message: "You no longer watch this project.".to_owned(),
            location: format!("/projects/{project}"),
        })
    })
    .await
}
