//! Backdates demo data, so that auctions created within seconds look as if they had run for days.
//!
//! Everything keeps its order, so the same bid wins. Events keep their times.

mod store;

pub use store::backdate;
