//! The only code that hydrates: Leptos components with signals, which begin with what the server rendered. The page works before they
//! are hydrated: every form posts without them, every time is there. What only some pages have is loaded by them (`lazy`).

mod announcer;
mod bid_form;
mod clock;
mod countdown;
mod deadline_picker;
mod form_submission;
mod live;
mod ready;
mod signals;
mod theme_switch;
mod ticker;

#[cfg(feature = "hydrate")]
mod dom;

#[cfg(feature = "ssr")]
pub use {
    bid_form::{BidForm, WithdrawForm},
    countdown::Countdown,
    deadline_picker::DeadlinePicker,
    live::{
        Bid, BidTable, Follow, FollowPage, Live, LivePage, Part, Shown, Terms, bidder, bids,
        digits, state_badge,
    },
    theme_switch::ThemeSwitch,
    ticker::{Ticker, TimeLeft},
};

pub use ticker::time_left;

#[cfg(feature = "hydrate")]
pub use dom::remember_zone;
