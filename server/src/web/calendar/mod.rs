//! Deadlines for people's calendars (RFC 5545).

mod entry;
mod feed;

use super::{failure::Failure, project::id_in, routes::Routes, visit::Visit};
use crate::http::conditional;
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use entry::{CalendarEntry, calendar};
use guildhall::project::{Progress, Project};

const KIND: &str = "text/calendar; charset=utf-8";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/{id}/deadline.ics", project)
        .get("/calendar.ics", feed::deadlines)
        .get("/account/calendar", feed::show)
        .post("/account/calendar", feed::create)
        .post("/account/calendar/revoke", feed::revoke)
}

/// `GET /projects/{id}/deadline.ics`: the deadline of a published project, or how it ended.
async fn project(
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let app = &visit.app;
    let view = app
        .pages
        .project(&app.pool, &app.live, id, visit.freshness())
        .await?;
    let base = &app.settings.base_url;
    let text = calendar(base, &view.project.name, vec![of_project(&view.project)]);
    let mut response = conditional::or_not_modified(&headers, KIND, "no-cache", text);
    let name = format!("attachment; filename=\"guildhall-project-{id}.ics\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn of_project(project: &Project) -> CalendarEntry {
    let (title, path) = match project.progress {
        Progress::Open => ("Bidding ends", ""),
        Progress::Awarded { .. } => ("Awarded", "/result"),
        Progress::Unawarded { .. } => ("Ended without a bid", "/result"),
        Progress::Cancelled { .. } => ("Cancelled", ""),
    };
    let text = match project.progress {
        Progress::Open => format!(
            "The lowest bid at the deadline wins. Budget: at most {}.",
            project.budget
        ),
        Progress::Awarded { .. } => project.lowest.map_or_else(String::new, |lowest| {
            format!("The winning bid was {lowest}.")
        }),
        Progress::Unawarded { .. } => "There were no active bids at the deadline.".to_owned(),
        Progress::Cancelled { .. } => "The seller cancelled this project.".to_owned(),
    };
    CalendarEntry {
        project: project.id,
        title: format!("{title}: {}", project.name),
        text,
        path: format!("/projects/{}{path}", project.id),
        at: project.deadline,
        changed_at: project.progress.ended_at().unwrap_or(project.published_at),
        is_cancelled: matches!(project.progress, Progress::Cancelled { .. }),
    }
}
