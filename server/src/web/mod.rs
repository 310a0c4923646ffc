//! The pages' HTTP side: routes, layers, and what every handler shares.
//!
//! The axum router owns every route; there is no Leptos router, because only islands run in the browser. A handler
//! identifies the visitor, reads what was sent, calls one use case and answers. It reads its data with `?` before it
//! renders, so every status is real. It contains no business rules.

pub(crate) mod account;
pub(crate) mod account_privacy;
pub(crate) mod api_docs;
pub(crate) mod archive;
pub(crate) mod award;
pub(crate) mod bid;
mod browser;
pub(crate) mod calculator;
pub(crate) mod calendar;
pub(crate) mod crawler;
pub(crate) mod dashboard;
mod dead_link;
mod device;
pub(crate) mod discard;
pub(crate) mod email_confirmation;
pub(crate) mod export;
pub(crate) mod failure;
pub(crate) mod files;
pub(crate) mod home;
pub(crate) mod identity;
pub(crate) mod kept_mail;
pub(crate) mod layers;
mod list_query;
pub(crate) mod live;
mod markup;
pub(crate) mod notices;
pub(crate) mod oauth;
mod own_results;
mod page_cache;
pub(crate) mod passkey;
mod posted_form;
pub(crate) mod privacy;
pub(crate) mod probe;
pub(crate) mod program;
pub(crate) mod project;
pub(crate) mod project_feed;
pub(crate) mod project_form;
pub(crate) mod project_list;
mod proof;
pub(crate) mod push;
mod rendered_pages;
pub(crate) mod reset_password;
mod routes;
mod saved_form;
pub(crate) mod saved_search;
pub(crate) mod second_factor;
pub(crate) mod security_log;
mod session;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod staircase;
mod state;
mod success;
pub(crate) mod token;
pub(crate) mod undo_email_change;
mod visit;
mod visitor_limit;
mod visits;
pub(crate) mod watch;
pub(crate) mod webhook;
pub(crate) mod writes;

pub(crate) use api_docs::Docs;
pub(crate) use routes::Routes;
pub(crate) use state::Web;
