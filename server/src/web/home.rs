use super::{failure::Failure, visit::Visit};
use app::pages::{Home, HowItWorks};
use axum::response::Response;
use guildhall::{bid, project};

/// How many open projects the front page shows.
const SHOWN: i64 = 60;

/// `GET /`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let db = &mut *visit.app.pool.acquire().await?;
    let (closing, _) = project::closing_soon(db, SHOWN).await?;
    let categories = project::count_by_category(db).await?;
    let latest = match closing.first() {
        Some(first) => bid::latest(db, first.id, first.budget.currency()).await?,
        None => Vec::new(),
    };
    visit
        .clone()
        .page(Home {
            closing,
            latest,
            categories,
        })
        .await
}

/// `GET /how-it-works`
pub(super) async fn how_it_works(visit: Visit) -> Result<Response, Failure> {
    visit.page(HowItWorks).await
}
