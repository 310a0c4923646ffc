//! The one binary of Guildhall: configuration, pages, sessions, the scheduler and the commands around them.

pub mod api;
pub mod config;
mod connection;
pub mod database;
mod fresh;
mod gathered;
mod guarded;
pub mod health;
pub mod identity;
mod live;
pub mod markdown;
mod open_files;
pub mod postgres;
mod rate_limit;
pub mod scheduler;
pub mod seed;
pub mod serve;
mod sweep;
pub mod telemetry;
mod tls;
pub mod token;
pub mod web;
