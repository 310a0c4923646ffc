//! The only code that hydrates. The page works before it wakes: every form posts without it, every time is there.
//!
//! Each island is a server component around an `#[island]` that holds nothing but server markup. What the island has to
//! know stands in the markup's `data-` attributes, and what it changes it changes there: the browser gets no second copy
//! of the markup, no signals and no JSON, which halves what it has to load.

mod bid_form;
mod countdown;
mod deadline_picker;
mod live;
mod ready;
mod sending;
mod theme_switch;
mod ticker;

#[cfg(feature = "hydrate")]
mod clock;
#[cfg(feature = "hydrate")]
mod dom;

#[cfg(feature = "ssr")]
pub use {
    bid_form::{BidForm, WithdrawForm},
    countdown::Countdown,
    deadline_picker::DeadlinePicker,
    live::{
        LiveDashboard, LiveMark, LiveProject, behind, bids, label_of_end, label_of_lowest,
        standing_title,
    },
    theme_switch::ThemeSwitch,
    ticker::Ticker,
};

pub use ticker::time_left;
