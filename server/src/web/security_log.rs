//! The viewer's security log.

use super::{failure::Failure, routes::Routes, success::uncached, visit::Visit};
use app::pages::SecurityLog;
use axum::{extract::Query, response::Response};
use guildhall::{Error, audit, sign_in_log};
use std::collections::HashMap;

/// How many changes a page lists.
const CHANGES: usize = 50;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/account/security", show)
}

/// `GET /account/security`: with `before`, the changes before the one of this number.
async fn show(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let before: Option<i64> = query
        .get("before")
        .map(|number| number.parse().map_err(|_| Error::NotFound))
        .transpose()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let sign_ins = match before {
        Some(_) => Vec::new(),
        None => sign_in_log::recent(db, viewer.account, sign_in_log::LISTED).await?,
    };
    // One more than is shown tells whether there are older ones.
    let most = i64::try_from(CHANGES + 1).unwrap_or(i64::MAX);
    let mut changes = audit::of_account(db, viewer.account, before, most).await?;
    let has_older = changes.len() > CHANGES;
    changes.truncate(CHANGES);
    let older_than = changes.last().filter(|_| has_older).map(|last| last.number);
    let page = SecurityLog {
        sign_ins,
        changes,
        older_than,
        is_older: before.is_some(),
    };
    Ok(uncached(visit.page(page).await?))
}
