//! The only code that hydrates. The page works before it wakes: every form posts without it, every time is there.

mod bid_form;
mod countdown;
mod deadline_picker;
mod theme_switch;
mod ticker;

#[cfg(feature = "hydrate")]
mod dom;

pub use bid_form::BidForm;
pub use countdown::Countdown;
pub use deadline_picker::DeadlinePicker;
pub use theme_switch::ThemeSwitch;
pub use ticker::{Ticker, time_left};
