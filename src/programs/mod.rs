//! Programs that act for people, and what people allow them.

pub mod oauth;
pub mod token;
