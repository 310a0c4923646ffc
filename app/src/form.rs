//! The state of a form on a page: its values and, after a refusal, its errors.

use guildhall::field::FieldError;

/// The typed values and errors of a form. An empty one has not been submitted yet.
#[derive(Debug, Clone, Default)]
pub struct Form {
    values: Vec<(String, String)>,
    errors: Vec<FieldError>,
    /// An error that concerns the form as a whole.
    refusal: Option<String>,
    /// True if it was submitted after the session ended and is shown again.
    is_restored: bool,
    /// Sent with the form, so that a double submission has one effect.
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

    /// The same form with this value in the field.
    #[must_use]
    pub fn with(mut self, field: &str, value: String) -> Self {
        self.values.retain(|(name, _)| name != field);
        self.values.push((field.to_owned(), value));
        self
    }

    /// The same form with this key.
    #[must_use]
    pub fn with_key(self, key: String) -> Self {
        Self { key, ..self }
    }

    /// The same form with these errors.
    #[must_use]
    pub fn refused(self, errors: Vec<FieldError>, refusal: Option<String>) -> Self {
        Self {
            errors,
            refusal,
            ..self
        }
    }

    /// The same form with the values typed before the session ended. It also takes their key, because that submission
    /// had no effect.
    #[must_use]
    pub fn restored(self, mut values: Vec<(String, String)>) -> Self {
        let key = values.iter().position(|(name, _)| name == "form_key");
        let key = key.map(|place| values.remove(place).1);
        Self {
            values,
            is_restored: true,
            key: key.unwrap_or(self.key),
            ..self
        }
    }

    /// The same form, with the field set to this value if it was missing.
    #[must_use]
    pub fn with_default(mut self, field: &str, value: &str) -> Self {
        if !self.values.iter().any(|(name, _)| name == field) {
            self.values.push((field.to_owned(), value.to_owned()));
        }
        self
    }

    /// True if it was submitted after the session ended and is shown again.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// Every field's name and value, in the order of the form.
    #[must_use]
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }

    /// The field's value, or an empty string.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        self.values
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// True if this value is among those chosen for a field that allows several.
    #[must_use]
    pub fn has(&self, field: &str, value: &str) -> bool {
        self.values
            .iter()
            .any(|(name, chosen)| name == field && chosen == value)
    }

    /// The field's error as a message.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<String> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(FieldError::message)
    }

    /// All field errors, in the order of the form.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The error that concerns the form as a whole.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// True if there is any error.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refusal.is_some() || !self.errors.is_empty()
    }

    /// How the page's title starts: "Error: " if the form was refused.
    #[must_use]
    pub fn title_prefix(&self) -> &'static str {
        if self.is_refused() { "Error: " } else { "" }
    }

    /// The key that identifies repeated submissions.
    #[must_use]
    pub fn key(&self) -> String {
        self.key.clone()
    }
}
