//! A form as it comes back after a refusal: what was typed, and what is wrong with it.

use guildhall::field::{FieldError, Problem};

/// What was typed into a form and what is wrong with it. An empty one is a form nobody has sent yet.
#[derive(Debug, Clone, Default)]
pub struct Form {
    values: Vec<(String, String)>,
    errors: Vec<FieldError>,
    /// What is wrong with the whole, when it is no single field's fault.
    refusal: Option<String>,
    /// It was sent after the session had ended, and is shown again.
    is_restored: bool,
    /// Goes with the form, so that one sent twice has one effect.
    key: String,
}

impl Form {
    /// A form with these values and this key.
    #[must_use]
    pub fn new(values: Vec<(String, String)>, key: String) -> Self {
        Self {
            values,
            key,
            ..Self::default()
        }
    }

    /// The same form, with what is wrong.
    #[must_use]
    pub fn refused(self, errors: Vec<FieldError>, refusal: Option<String>) -> Self {
        Self {
            errors,
            refusal,
            ..self
        }
    }

    /// The same form with what was typed into it before the session ended.
    #[must_use]
    pub fn restored(self, values: Vec<(String, String)>) -> Self {
        Self {
            values,
            is_restored: true,
            ..self
        }
    }

    /// Whether it was sent after the session had ended, and is shown again.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// What was typed into the field, or nothing.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        self.values
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// Whether this value is among those chosen for a field that may have several.
    #[must_use]
    pub fn has(&self, field: &str, value: &str) -> bool {
        self.values
            .iter()
            .any(|(name, chosen)| name == field && chosen == value)
    }

    /// What is wrong with the field.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<Problem> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.problem.clone())
    }

    /// Everything that is wrong with single fields, in the order of the form.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// What is wrong with the whole.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// Whether anything is wrong.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refusal.is_some() || !self.errors.is_empty()
    }

    /// What makes this form the same form when it is sent twice.
    #[must_use]
    pub fn key(&self) -> String {
        self.key.clone()
    }
}
