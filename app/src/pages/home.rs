use super::Page;
use guildhall::{
    bid::Made,
    project::{Category, Summary},
};
use leptos::prelude::*;

/// The front page.
#[derive(Debug, Clone)]
pub struct Home {
    /// Open projects, the one that closes next first; the first is the hero's.
    pub closing: Vec<Summary>,
    /// The latest bids on the first, the latest first.
    pub latest: Vec<Made>,
    pub categories: Vec<(Category, i64)>,
}

impl Page for Home {
    fn title(&self) -> String {
        "Open auctions for self-employed work".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
