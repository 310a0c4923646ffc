//! The wing that all others build on: values, mechanisms, and access to the database.

pub mod error;
pub mod field;
pub mod money;
pub mod quota;

#[cfg(feature = "postgres")]
pub mod batch;
#[cfg(feature = "postgres")]
pub mod cpu;
#[cfg(feature = "postgres")]
pub mod disk;
#[cfg(feature = "postgres")]
pub mod fairness;
#[cfg(feature = "postgres")]
pub mod moment;
#[cfg(feature = "postgres")]
pub mod origin;
#[cfg(feature = "postgres")]
pub(crate) mod random;
#[cfg(feature = "postgres")]
pub mod receipt;
#[cfg(feature = "postgres")]
pub mod signing;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(feature = "postgres")]
pub mod text;
