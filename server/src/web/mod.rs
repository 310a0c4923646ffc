//! The doors that browsers come through: routes, layers and what every door shares. A door asks who it is, reads what was
//! sent, calls one verb and answers; it holds no rule.

mod account;
mod api_docs;
mod app;
mod bid;
mod browser;
mod compress;
mod crawler;
mod dashboard;
mod device;
mod done;
pub(crate) mod failure;
mod files;
pub(crate) mod guard;
mod home;
mod identity;
mod live;
mod oauth;
mod origin;
mod posted;
mod probe;
mod programs;
mod project;
mod project_form;
mod proof;
mod rendered;
mod router;
mod routes;
mod saved_form;
mod security;
mod seen;
mod session;
mod settings;
mod sign_in;
mod tokens;
mod traffic;
pub(crate) mod visit;
mod writes;

pub use app::App;
pub use router::{router, routes};
