//! Accounts, and how people sign in.

pub mod account;

#[cfg(feature = "postgres")]
pub mod account_mail;
#[cfg(feature = "postgres")]
pub mod audit;
#[cfg(feature = "postgres")]
pub mod device;
#[cfg(feature = "postgres")]
pub mod erasure;
#[cfg(feature = "postgres")]
pub mod export;
#[cfg(feature = "postgres")]
pub mod identity;
#[cfg(feature = "postgres")]
pub mod passkey;
#[cfg(feature = "postgres")]
pub mod privacy;
#[cfg(feature = "postgres")]
pub mod saved_form;
#[cfg(feature = "postgres")]
pub mod second_factor;
#[cfg(feature = "postgres")]
pub mod session;
#[cfg(feature = "postgres")]
pub mod sign_in_log;
