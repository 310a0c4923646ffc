//! The subcommands, one per file. The worker's are in `worker`, PostgreSQL's in `database`.

pub mod audit;
pub mod health;
pub mod mail;
pub mod notice;
pub mod second_factor;
pub mod seed;
pub mod serve;
pub mod token;
