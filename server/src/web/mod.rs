//! What browsers come through: handlers by noun, and what all of them share. A handler finds out who asks, reads what was
//! sent, calls one use case and answers; it holds no rule.

pub(crate) mod account;
pub(crate) mod api_docs;
pub(crate) mod bid;
mod browser;
pub(crate) mod crawler;
pub(crate) mod dashboard;
mod device;
mod done;
pub(crate) mod failure;
pub(crate) mod files;
mod guard;
pub(crate) mod home;
pub(crate) mod identity;
pub(crate) mod layers;
pub(crate) mod live;
pub(crate) mod oauth;
mod origin;
mod posted;
pub(crate) mod probe;
pub(crate) mod programs;
pub(crate) mod project;
pub(crate) mod project_form;
mod proof;
mod rendered;
mod routes;
mod saved_form;
mod seen;
mod session;
pub(crate) mod settings;
pub(crate) mod sign_in;
mod state;
pub(crate) mod tokens;
pub(crate) mod traffic;
mod visit;
pub(crate) mod writes;

pub(crate) use api_docs::Docs;
pub(crate) use routes::Routes;
pub(crate) use state::Web;
use state::Web as App;
