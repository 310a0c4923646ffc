//! Programs that act for people, and what they were allowed.

pub mod oauth;
pub mod token;
