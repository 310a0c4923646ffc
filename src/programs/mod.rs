//! Programs that act for people, and what people allow them.

pub mod calendar_feed;
pub mod oauth;
pub mod token;
