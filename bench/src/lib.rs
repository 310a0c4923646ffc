//! The benchmark of Guildhall. `bin/bench` runs it.

pub mod answer;
pub mod audit;
pub mod config;
pub mod figures;
pub mod load;
pub mod machine;
pub mod memory;
pub mod nginx;
pub mod open_loop;
pub mod pgbench;
pub mod process;
pub mod report;
pub mod request;
pub mod run;
pub mod scenario;
pub mod server;
pub mod siege;
pub mod stock;
pub mod viewers;
pub mod wrk;
