//! The preferences of this browser: theme and time zone. They need no account.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use crate::theme::Theme;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{Error, field::FieldError, moment::Zone},
};

/// Stores the visitor's color theme.
///
/// # Errors
/// `Unavailable` during an outage.
#[server(prefix = "/writes", endpoint = "choose-theme", input = Json, output = Json, client = Fetch)]
pub async fn choose_theme(theme: Theme) -> Result<(), Refused> {
    write(async |context| {
        context.remember("theme", theme.name());
        Ok(())
    })
    .await
}

/// Stores the time zone in which times are shown, by its IANA name. An empty name stands for the device's zone.
///
/// # Errors
/// `Invalid` for an unknown zone.
#[server(prefix = "/writes", endpoint = "choose-time-zone", input = Json, output = Json, client = Fetch)]
pub async fn choose_time_zone(time_zone: String) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let message = if time_zone.is_empty() {
            context.remember("time_zone", "");
            "Times are now shown in your device’s time zone."
        } else {
            let zone = Zone::by_name(&time_zone)
                .map_err(|problem| Error::Invalid(vec![FieldError::new("time_zone", problem)]))?;
            context.remember("time_zone", zone.name());
            "Times are now shown in your time zone."
        };
        Ok(WriteSuccess {
            message: message.to_owned(),
            location: "/settings".to_owned(),
        })
    })
    .await
}
