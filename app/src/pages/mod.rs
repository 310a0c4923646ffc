//! The pages, one a file. Each takes what its door has read and holds no rule of its own.

mod account;
pub mod api_docs;
mod dashboard;
mod error;
mod home;
mod how_it_works;
mod project;
mod project_form;
mod projects;
mod result;
mod settings;
mod sign_in;
mod sign_up;

pub use account::Account;
pub use dashboard::{BuyerDashboard, SellerDashboard};
pub use error::ErrorPage;
pub use home::Home;
pub use how_it_works::HowItWorks;
pub use project::{ProjectPage, Visitor};
pub use project_form::ProjectForm;
pub use projects::{Projects, Query};
pub use result::ResultPage;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use sign_up::SignUp;

use leptos::prelude::AnyView;

/// A page: a title and a body; the document around it is the same for all.
pub trait Page: Clone + Send + Sync + 'static {
    /// For the browser's tab, "Error: " before it when a form was refused.
    fn title(&self) -> String;
    /// What stands in `<main>`.
    fn body(self) -> AnyView;
}
