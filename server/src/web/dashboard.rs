use super::{failure::Failure, live, own_results, routes::Routes, visit::Visit};
use app::pages::{BuyerDashboard, SellerDashboard};
use axum::{extract::Query, response::Response};
use guildhall::{
    account::Role,
    autosave,
    bid::{self, Standing},
    project, store,
};
use std::collections::HashMap;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/dashboard", show)
        .get("/dashboard/live", live::dashboard)
        .get("/dashboard/results.csv", own_results::download)
}

/// `GET /dashboard`
async fn show(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    // An unknown value selects everything.
    let part = |name: &str| query.get(name).map_or("", String::as_str);
    let db = &mut *visit.app.pool.acquire().await?;
    match viewer.role {
        Role::Seller => {
            // Read in one snapshot, so that an autosave that becomes a project meanwhile is in exactly one of the lists.
            let mut tx = store::snapshot(db).await?;
            let (projects, now) = project::of_seller(&mut tx, viewer).await?;
            let unfinished = autosave::unfinished(&mut tx, viewer.account, None).await?;
            tx.commit().await?;
            visit
                .clone()
                .page(SellerDashboard {
                    projects,
                    unfinished,
                    selected: part("state").parse().ok(),
                    now,
                })
                .await
        }
        Role::Buyer => {
            let (bids, now) = bid::of_buyer(db, viewer).await?;
            visit
                .clone()
                .page(BuyerDashboard {
                    bids,
                    selected: part("standing").parse::<Standing>().ok(),
                    now,
                })
                .await
        }
    }
}
