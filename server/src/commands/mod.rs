//! The program's commands, a file each. The worker's stand in `worker`, PostgreSQL's in `database`.

pub mod health;
pub mod seed;
pub mod serve;
pub mod token;
