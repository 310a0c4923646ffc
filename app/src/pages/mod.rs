//! The pages, one a file.
//!
//! A page is a struct with what its handler read, and turns it into a view. It holds no rule.
//!
//! Every page has a description of its own, shortened to 160 characters: a project's is its summary, the list's names
//! its filters. A page that everybody may see has one canonical address below the public URL; the list's keeps filters
//! and page, and leaves out the order and unknown parameters.

mod account;
pub mod api_docs;
mod consent;
mod dashboard;
mod device;
mod error;
mod home;
mod how_it_works;
mod link_identity;
mod onward;
mod programs;
mod project;
mod project_form;
mod projects;
mod result;
mod settings;
mod sign_in;
mod sign_up;
mod sign_up_with;
mod tokens;
mod unlink_identity;

pub use account::Account;
pub use consent::{Consent, NotLedBack, WrongRequest};
pub use dashboard::{BuyerDashboard, SellerDashboard};
pub use device::{Device, DeviceEntry};
pub use error::{Cause, ErrorPage};
pub use home::Home;
pub use how_it_works::HowItWorks;
pub use link_identity::LinkIdentity;
pub use onward::Onward;
pub use programs::{NewProgram, Program, Programs};
pub use project::{ProjectPage, Visitor};
pub use project_form::ProjectForm;
pub use projects::{Projects, Query};
pub use result::ResultPage;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
pub use sign_up_with::SignUpWith;
pub use tokens::Tokens;
pub use unlink_identity::UnlinkIdentity;

use leptos::prelude::AnyView;

/// A page: a title and a body; the document around it is the same for all.
pub trait Page: Clone + Send + Sync + 'static {
    /// For the browser's tab, "Error: " before it when a form was refused.
    fn title(&self) -> String;
    /// For search engines and previews: what this page is about and no other. Plain text; the document shortens it.
    fn description(&self) -> String;
    /// The path, perhaps with a query, by which search engines know a page that everybody may see. Forms and what is one's own
    /// have none.
    fn canonical(&self) -> Option<String> {
        None
    }
    /// Whether search engines may list it. Pages of what somebody searched for are endless, and say whatever was typed.
    fn is_indexed(&self) -> bool {
        true
    }
    /// Where else than to this site its forms may lead, as a source of the content security policy.
    fn leads_to(&self) -> Option<String> {
        None
    }
    /// What stands in `<main>`.
    fn body(self) -> AnyView;
}
