//! The only code that is hydrated: Leptos components with signals, which start from what the server rendered. A page
//! works before they are hydrated: every form posts, and every time is shown. Islands marked `lazy` share one file,
//! which only pages with such an island load.

mod amount_echo;
mod announcer;
mod bell;
mod bid_form;
mod clock;
mod copy_button;
mod countdown;
mod deadline_picker;
mod form_submission;
mod live;
mod prompt_button;
mod ready;
mod signals;
mod theme_switch;
mod ticker;
mod write_form;

#[cfg(feature = "hydrate")]
mod dom;

#[cfg(feature = "ssr")]
pub use {
    amount_echo::{BudgetEcho, echo},
    bell::Bell,
    bid_form::BidForm,
    copy_button::CopyButton,
    countdown::Countdown,
    deadline_picker::DeadlinePicker,
    live::{
        BidTable, Follow, FollowPage, HistoryRow, HistoryState, Live, LivePage, LiveTerms, Part,
        bidder, bids, digits, state_badge,
    },
    prompt_button::PromptButton,
    theme_switch::ThemeSwitch,
    ticker::{Ticker, TimeLeft},
    write_form::{Write, WriteForm},
};

pub use ticker::time_left;
