//! Writes: the changes that people make, as server functions with plain typed arguments.
//!
//! An island calls one over HTTP. Without JavaScript the handler of the page's form calls it in the same process, with
//! the same arguments. The idempotency mark is computed from the function's name and its arguments, so an attempt with
//! JavaScript and a retry without it are one request. The caller and its resources come from [`Context`]; rules and SQL
//! are in `guildhall`.

mod account;
mod autosave;
mod bid;
mod calendar_feed;
mod call;
mod client;
#[cfg(feature = "ssr")]
mod context;
mod json;
mod notice;
mod passkey;
mod privacy;
mod project;
mod project_fields;
#[cfg(feature = "ssr")]
mod project_review;
mod refused;
mod saved_search;
mod second_factor;
mod session;
mod settings;
mod token;
mod watch;
mod webhook;

pub use account::{change_email, rename_account};
#[cfg(feature = "ssr")]
pub use autosave::keep_form;
pub use autosave::{AutosaveProject, DiscardAutosave, autosave_project, discard_autosave};
pub use bid::{PlaceBid, UndoBid, WithdrawBid, place_bid, undo_bid, withdraw_bid};
pub use calendar_feed::{make_calendar_feed, revoke_calendar_feed};
pub use call::{ServerCall, read};
pub use client::Fetch;
#[cfg(feature = "ssr")]
pub use context::{Context, WebhookAccess, WriteReport, WriteRequest, call, paths};
#[cfg(feature = "ssr")]
pub use notice::choice;
pub use notice::{
    ScheduleFields, choose_notices, mark_notices_read, open_notice, send_notices_again,
};
pub use passkey::{BeginPasskeySignIn, begin_passkey_sign_in, remove_passkey, rename_passkey};
pub use privacy::{keep_account, request_erasure, request_export};
pub use project::{
    CancelProject, DiscardDraft, PreviewDescription, PublishProject, SaveDraft, cancel_project,
    discard_draft, preview_description, publish_project, save_draft,
};
pub use project_fields::ProjectFields;
#[cfg(feature = "ssr")]
pub use project_review::{check_project, review_project};
#[cfg(feature = "ssr")]
pub use refused::in_seconds;
pub use refused::{FieldMessage, RefusalKind, Refused};
pub use saved_search::{SearchParameters, change_search, delete_search, save_search};
pub use second_factor::{forget_trusted_browsers, turn_off_second_factor};
pub use session::{end_other_sessions, end_session};
pub use settings::{ChooseTheme, ChooseTimeZone, choose_theme, choose_time_zone};
pub use token::{CreatedToken, MakeToken, RevokeToken, make_token, revoke_token};
pub use watch::{stop_watching, watch_project};
pub use webhook::{
    WebhookWithSecret, add_browser, add_webhook, remove_webhook, replay_webhook_message,
    rotate_webhook_secret, send_webhook_again, test_webhook, turn_webhook_off, turn_webhook_on,
};

use serde::{Deserialize, Serialize};

/// A write that succeeded, and the page that shows its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteSuccess {
    /// Shown once, on the page that follows.
    pub message: String,
    /// The path of that page.
    pub location: String,
}
