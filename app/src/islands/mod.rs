//! The only code that hydrates. The page works before it wakes: every form posts without it, every time is there.
//!
//! The forms of a bid are Leptos components with signals and actions, which call the functions of `writes`; only pages that have one load
//! their code (`lazy`). The others are each a server component around an `#[island]` that holds nothing but server markup: what the island
//! has to know stands in the markup's `data-` attributes, and what it changes it changes there.

mod announcer;
mod bid_form;
mod countdown;
mod deadline_picker;
mod form_submission;
mod live;
mod ready;
mod signals;
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
        Bid, BidTable, Follow, FollowPage, Live, LivePage, Part, Shown, Terms, bidder, bids,
        digits, state_badge,
    },
    theme_switch::ThemeSwitch,
    ticker::Ticker,
};

pub use ticker::time_left;
