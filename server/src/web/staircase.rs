//! The picture of a project's bid history.
//!
//! The project's page loads the picture again whenever it loads the history, so pictures count as streams in the rate
//! limits. The bids are read again only if they may have changed.

use super::{failure::Failure, project::id_in, routes::Routes, visit::Visit};
use app::pages::staircase_svg;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use guildhall::{Error, bid, project, store};
use std::sync::Arc;

/// The picture styles itself; opened on its own, it may do nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects/{id}/staircase.svg", show)
}

/// `GET /projects/{id}/staircase.svg`
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let (id, app) = (id_in(&id)?, &visit.app);
    let read = async || {
        let db = &mut *app.pool.acquire().await?;
        let mut tx = store::snapshot(db).await?;
        let project = match project::find(&mut tx, id).await {
            Err(Error::NotFound) => return Ok(None),
            found => found?,
        };
        let staircase = bid::staircase(&mut tx, project).await?;
        tx.commit().await?;
        Ok(Some(Arc::new(staircase)))
    };
    let staircases = &app.pages.staircases;
    let found = staircases
        .get_confirmed(
            &id,
            visit.freshness(),
            |_, began| app.live.unchanged_until(id, began),
            read,
        )
        .await?;
    let staircase = found.ok_or(Error::NotFound)?;
    // Read the time separately, because the bids may have been read earlier.
    let now = app.pages.clock(&app.pool).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // The URL identifies the bids, not the time, and the line of an open auction keeps growing.
        (header::CACHE_CONTROL, "private, max-age=10"),
        // The zone of its times.
        (header::VARY, "cookie"),
    ];
    Ok((headers, staircase_svg(&staircase, now, &visit.zone)).into_response())
}
