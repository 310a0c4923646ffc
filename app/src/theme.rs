//! The color themes of the site.

use serde::{Deserialize, Serialize};

/// The visitor's theme; `System` follows the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// Every theme, in display order.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Parses a theme's name; anything else is `System`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .unwrap_or_default()
    }

    /// The name in the cookie and the form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `data-theme`; without it the style sheet follows the device.
    #[must_use]
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("guildhall-light"),
            Self::Dark => Some("guildhall-dark"),
        }
    }
}
