//! The contents of Guildhall's one binary: configuration, pages, sessions, the worker and the commands.

mod api;
mod app;
mod cache;
pub mod commands;
pub mod config;
pub mod database;
mod http;
pub mod identity;
mod live;
pub mod mail;
pub mod markdown;
pub mod monitoring;
mod net;
mod router;
mod runtime;
#[cfg(test)]
#[path = "../tests/support/small_disk.rs"]
mod small_disk;
mod state;
mod web;
pub mod worker;

pub use app::App;
pub use router::{router, routes};
