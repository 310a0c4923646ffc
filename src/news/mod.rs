//! Events, and the updates that they cause on live pages.

pub mod live;

#[cfg(feature = "postgres")]
pub mod event;
#[cfg(feature = "postgres")]
pub mod kept_mail;
