use serde::{Deserialize, Serialize};
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    Software,
    Design,
    Writing,
    Translation,
    Marketing,
    Media,
    Business,
    Trades,
}

impl Category {
    /// Every category, in the order shown on pages.
    pub const ALL: [Self; 8] = [
        Self::Software,
        Self::Design,
        Self::Writing,
        Self::Translation,
        Self::Marketing,
        Self::Media,
        Self::Business,
        Self::Trades,
    ];

    /// The name in URLs, in the database and in the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Design => "design",
            Self::Writing => "writing",
            Self::Translation => "translation",
            Self::Marketing => "marketing",
            Self::Media => "media",
            Self::Business => "business",
            Self::Trades => "trades",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Software => "Software",
            Self::Design => "Design",
            Self::Writing => "Writing & editing",
            Self::Translation => "Translation",
            Self::Marketing => "Marketing",
            Self::Media => "Photo, video & audio",
            Self::Business => "Accounting, legal & office",
            Self::Trades => "Crafts & on-site work",
        }
    }
}

impl FromStr for Category {
    type Err = crate::field::ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(crate::field::ValueError::Missing);
        }
        Self::ALL
            .into_iter()
            .find(|category| category.slug() == text)
            .ok_or(crate::field::ValueError::NotAChoice)
    }
}
