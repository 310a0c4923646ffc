//! The benchmark of Guildhall. `bin/bench` runs it.

pub mod answer;
pub mod ask;
pub mod books;
pub mod config;
pub mod figures;
pub mod load;
pub mod machine;
pub mod memory;
pub mod nginx;
pub mod paced;
pub mod pgbench;
pub mod process;
pub mod report;
pub mod run;
pub mod scenario;
pub mod server;
pub mod siege;
pub mod stock;
pub mod viewers;
pub mod wrk;
