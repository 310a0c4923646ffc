use super::Page;
use guildhall::{
    bid::{Standing, Stood},
    project::{Own, State},
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// A seller's projects by state.
#[derive(Debug, Clone)]
pub struct SellerDashboard {
    pub projects: Vec<Own>,
    /// Only this state is asked for, by `?state=`.
    pub shown: Option<State>,
    pub now: OffsetDateTime,
}

impl Page for SellerDashboard {
    fn title(&self) -> String {
        "Your projects".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}

/// A buyer's bids by standing.
#[derive(Debug, Clone)]
pub struct BuyerDashboard {
    pub bids: Vec<Stood>,
    /// Only this standing is asked for, by `?standing=`.
    pub shown: Option<Standing>,
    pub now: OffsetDateTime,
}

impl Page for BuyerDashboard {
    fn title(&self) -> String {
        "Your bids".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
