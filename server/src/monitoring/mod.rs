//! What operators see: the log, readiness and free disk space.

pub mod disk;
pub mod readiness;
pub mod telemetry;
