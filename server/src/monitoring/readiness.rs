//! The checks behind `GET /readyz`, one line for each part of the server.
//!
//! A missing part makes the answer 503; a reduced one does not. A new part adds its check with
//! `app.readiness.add(name, check)`. A check answers from memory and never blocks.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

/// The result of a check, in a few words that may be public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Fine(String),
    /// The server is degraded but still useful.
    Reduced(String),
    /// Without this part the server is useless.
    Missing(String),
}

impl Finding {
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Fine(text) | Self::Reduced(text) | Self::Missing(text)) = self;
        f.write_str(text)
    }
}

/// Returns `None` if the part does not exist in this configuration.
type Check = Box<dyn Fn() -> Option<Finding> + Send + Sync>;

/// The named checks, in the order they were added.
#[derive(Default)]
pub struct Readiness(RwLock<Vec<(&'static str, Check)>>);

impl Readiness {
    /// Adds a check, which must not block.
    pub fn add(
        &self,
        name: &'static str,
        check: impl Fn() -> Option<Finding> + Send + Sync + 'static,
    ) {
        let mut checks = self.0.write().unwrap_or_else(PoisonError::into_inner);
        checks.push((name, Box::new(check)));
    }

    #[must_use]
    pub fn findings(&self) -> Vec<(&'static str, Finding)> {
        let checks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        checks
            .iter()
            .filter_map(|(name, check)| Some((*name, check()?)))
            .collect()
    }
}
