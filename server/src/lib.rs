//! The one binary of Guildhall: configuration, pages, sessions, the worker and the commands around them.

pub mod api;
pub mod config;
mod connection;
pub mod database;
pub mod disk;
mod fresh;
mod gathered;
mod guarded;
pub mod health;
mod heavy;
pub mod identity;
mod live;
pub mod markdown;
mod open_files;
mod outage;
pub mod postgres;
mod rate_limit;
pub mod readiness;
mod request_body;
pub mod seed;
pub mod serve;
#[cfg(test)]
#[path = "../tests/support/small_disk.rs"]
mod small_disk;
mod stopper;
pub mod telemetry;
mod tls;
pub mod token;
pub mod web;
pub mod worker;
