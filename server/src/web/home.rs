//! The front page.
//!
//! It shows nine of the sixty projects that close next (`project::featured`), from a cached read.

use super::{failure::Failure, routes::Routes, visit::Visit};
use app::pages::{Home, HowItWorks};
use axum::{http::HeaderMap, response::Response};
use guildhall::{Result, bid, project, store};
use sqlx::PgPool;
use std::{sync::Arc, time::Instant};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/", show)
        .get("/how-it-works", how_it_works)
}

/// How many of the projects that close next the front page chooses from. With more, it would show projects that close
/// late just because they have bids.
const CANDIDATES: i64 = 60;
/// How many open projects the front page shows. The first is at the top; the other eight and the link to all projects
/// fill three rows of three cards, so that the page stays short.
const SHOWN: usize = 9;

/// `GET /`
async fn show(visit: Visit, headers: HeaderMap) -> Result<Response, Failure> {
    let pool = &visit.app.pool;
    let read = || read_home(pool);
    let (as_of, home) = visit
        .app
        .pages
        .home
        .get(&(), visit.freshness(), read)
        .await?;
    let page = async { Ok(Home::clone(&home)) };
    Box::pin(visit.page_as_of(as_of, &headers, page)).await
}

async fn read_home(pool: &PgPool) -> Result<(Instant, Arc<Home>)> {
    let as_of = Instant::now();
    let db = &mut *pool.acquire().await?;
    // Read in one snapshot, so that the listed bids match the figures.
    let mut tx = store::snapshot(db).await?;
    let (candidates, _) = project::closing_soon(&mut tx, CANDIDATES).await?;
    let closing = project::featured(candidates, SHOWN);
    let categories = project::count_by_category(&mut tx).await?;
    let latest = match closing.first() {
        Some(first) => bid::latest(&mut tx, first.id, first.budget.currency()).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    let home = Home {
        closing,
        latest,
        categories,
    };
    Ok((as_of, Arc::new(home)))
}

/// `GET /how-it-works`
async fn how_it_works(visit: Visit) -> Result<Response, Failure> {
    visit.page(HowItWorks).await
}
