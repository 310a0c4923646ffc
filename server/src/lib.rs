//! The one binary of Guildhall: configuration, pages, sessions, the worker and the commands around them.

pub mod api;
mod cache;
pub mod commands;
pub mod config;
pub mod database;
mod http;
pub mod identity;
mod live;
pub mod markdown;
pub mod monitoring;
mod net;
mod runtime;
#[cfg(test)]
#[path = "../tests/support/small_disk.rs"]
mod small_disk;
pub mod web;
pub mod worker;
