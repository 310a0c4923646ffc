//! The pages, one per file.
//!
//! A page is a struct that holds the data its handler read, and renders it. It contains no business rules.
//!
//! Every page has its own description, shortened to 160 characters: a project's is its summary, the list's names its
//! filters. A public page has one canonical URL below the public URL; the list's URL keeps filters and page, and omits
//! the order and unknown parameters.

mod account;
mod account_privacy;
pub mod api_docs;
mod archive;
mod award_document;
mod calculator;
mod calendar_page;
mod change_email;
mod confirmation;
mod consent;
mod dashboard;
mod dead_link;
mod device;
mod email_confirmation;
mod error;
mod home;
mod how_it_works;
mod kept_mail;
mod link_identity;
mod low_bid;
mod notices;
mod passkeys;
mod privacy;
mod programs;
mod project;
mod project_form;
mod project_review;
mod projects;
mod provider_redirect;
mod reset_password;
mod result;
mod search;
mod searches;
mod second_factor;
mod security_log;
mod settings;
mod sign_in;
mod sign_up;
mod sign_up_with;
mod tokens;
mod undo_email_change;
mod unlink_identity;
mod unsaved_form;
mod watching;
mod webhooks;

pub use account::Account;
pub use account_privacy::{
    AccountIsKept, AccountPrivacy, ExportReady, KeepAccount, RequestErasure, RequestExport,
};
pub use archive::{ArchiveList, ArchiveQuery, ArchiveStatistics};
pub use award_document::AwardDocument;
pub use calculator::Calculator;
pub use calendar_page::CalendarPage;
pub use change_email::ChangeEmail;
pub use confirmation::{ActionToConfirm, Confirmation};
pub use consent::{Consent, ReturnToApp, WrongRequest};
pub use dashboard::{BuyerDashboard, SellerDashboard};
pub use dead_link::DeadLink;
pub use device::{DeviceConsent, DeviceEntry};
pub use email_confirmation::{ConfirmEmail, ConfirmationState, EmailConfirmation, LinkState};
pub use error::{Cause, ErrorPage};
pub use home::Home;
pub use how_it_works::HowItWorks;
pub use kept_mail::{KeptMailList, KeptMailPage};
pub use link_identity::LinkIdentity;
pub use low_bid::LowBid;
pub use notices::{NoticeChoices, Notices, Unsubscribe};
pub use passkeys::{AddPasskey, ConfirmPasskey, ManagePasskey, PasskeyPlace, Passkeys};
pub use privacy::Privacy;
pub use programs::{NewProgram, Programs, RegisteredProgram};
pub use project::{ProjectPage, Visitor, bids, history_update, staircase_svg};
pub use project_form::ProjectForm;
pub use project_review::ProjectReview;
pub use projects::{Projects, Query};
pub use provider_redirect::ProviderRedirect;
pub use reset_password::{ForgotPassword, PasswordIsReset, ResetPassword};
pub use result::ResultPage;
pub use searches::{ChangeSearch, SaveSearch, SavedSearches};
pub use second_factor::{RecoveryCodes, SignInCode, TwoFactor, TwoFactorSetup};
pub use security_log::SecurityLog;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
pub use sign_up_with::SignUpWith;
pub use tokens::Tokens;
pub use undo_email_change::{EmailChangeIsUndone, UndoEmailChange};
pub use unlink_identity::UnlinkIdentity;
pub use unsaved_form::UnsavedForm;
pub use watching::Watching;
pub use webhooks::{PushBrowsers, RemoveWebhook, WebhookPage, Webhooks};

use leptos::prelude::AnyView;

/// A page: a title and a body; the document around it is the same for all pages.
pub trait Page: Clone + Send + Sync + 'static {
    /// For the browser's tab; starts with "Error: " if a form was refused.
    fn title(&self) -> String;
    /// For search engines and previews: what distinguishes this page. Plain text; the document shortens it.
    fn description(&self) -> String;
    /// The canonical path of a public page, possibly with a query. Forms and private pages have none.
    fn canonical(&self) -> Option<String> {
        None
    }
    /// The path of an Atom feed with the same contents.
    fn feed(&self) -> Option<String> {
        None
    }
    /// True if search engines may index it. Search result pages are endless and repeat whatever was typed.
    fn is_indexed(&self) -> bool {
        true
    }
    /// A destination outside this site that its forms may lead to, as a source of the content security policy.
    fn form_destination(&self) -> Option<String> {
        None
    }
    /// True if the page has a frame with another page of this site.
    fn has_frame(&self) -> bool {
        false
    }
    /// True if the page itself shows what has just succeeded, and not the document above it.
    fn shows_flash(&self) -> bool {
        false
    }
    /// The contents of `<main>`.
    fn body(self) -> AnyView;
}
