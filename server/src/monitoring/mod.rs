//! What the operator learns of the server: its log, its readiness and the space on its disk.

pub mod disk;
pub mod readiness;
pub mod telemetry;
