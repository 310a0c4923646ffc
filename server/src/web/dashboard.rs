use super::{failure::Failure, visit::Visit};
use app::pages::{BuyerDashboard, SellerDashboard};
use axum::{extract::Query, response::Response};
use guildhall::{
    account::Role,
    bid::{self, Standing},
    project,
};
use serde::Deserialize;

/// Which part of the dashboard is asked for; what is unknown asks for all of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    state: String,
    #[serde(default)]
    standing: String,
}

/// `GET /dashboard`
pub(super) async fn show(visit: Visit, Query(part): Query<Part>) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    match viewer.role {
        Role::Seller => {
            let (projects, now) = project::of_seller(db, viewer).await?;
            visit
                .clone()
                .page(SellerDashboard {
                    projects,
                    shown: part.state.parse().ok(),
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
                    shown: part.standing.parse::<Standing>().ok(),
                    now,
                })
                .await
        }
    }
}
