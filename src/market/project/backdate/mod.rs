//! Gives demo data a past: auctions that were made within seconds look as if they had run for days.
//!
//! Everything keeps its order, so the same bid wins. Events keep their times.

mod store;

pub use store::backdate;
