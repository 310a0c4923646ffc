//! Events, the updates that they cause on live pages, and the notices that people get of them.

pub mod live;
#[cfg(feature = "postgres")]
pub mod notice;

#[cfg(feature = "postgres")]
pub mod event;
#[cfg(feature = "postgres")]
pub mod kept_mail;
