//! Events, the updates that they cause on live pages, what people follow, and the notices that they get.

pub mod live;
#[cfg(feature = "postgres")]
pub mod notice;
#[cfg(feature = "postgres")]
pub mod saved_search;
#[cfg(feature = "postgres")]
pub mod watch;

#[cfg(feature = "postgres")]
pub mod event;
#[cfg(feature = "postgres")]
pub mod kept_mail;
#[cfg(feature = "postgres")]
pub mod webhook;
