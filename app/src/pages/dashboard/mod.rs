//! The dashboards: a seller's projects by state, a buyer's bids by standing.

mod buyer;
mod lot;
mod seller;

pub use buyer::BuyerDashboard;
pub use seller::SellerDashboard;
