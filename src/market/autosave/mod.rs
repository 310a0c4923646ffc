//! What a seller has typed into a project's form, saved while the seller types. So text that has not been sent survives
//! a crash, a closed tab and the end of the session.
//!
//! Invariant: an autosave belongs to one form and is shown only to its seller. Nothing in it is validated, so that
//! half-typed fields are kept, too. Once the form has been sent, it is gone, and a late save does not bring it back.
//! Windows that show the same form do not overwrite each other.
//!
//! At most ten are kept per seller, each of at most 100 kB, for 30 days.

mod refusal;
mod store;

pub use refusal::Refusal;
pub use store::{discard, find, finish, forget_old, of_draft, save, unfinished};

use crate::project::ProjectId;
use time::OffsetDateTime;
use uuid::Uuid;

/// Maximum size of the names and values in one autosave, in bytes: enough for the longest description in any script and
/// the rest of its form.
pub const MAX_BYTES: usize = 100_000;

/// How many autosaves are kept per seller.
const MAX_STORED: i64 = 10;

/// A field's name and value.
pub type Field = (String, String);

/// The number of an autosave, as in URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutosaveId(pub i64);

/// The form that an autosave belongs to.
#[derive(Debug, Clone, Copy)]
pub struct FormId {
    /// The key that its page was rendered with.
    pub key: Uuid,
    /// The draft in the form; `None` for a new project.
    pub draft: Option<ProjectId>,
}

/// The window that a form is typed into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowId {
    /// A random number of the page; `None` if its version has none, or the seller pressed a button and thereby chose this
    /// window's text.
    pub id: Option<Uuid>,
    /// The window whose text the page was rendered with.
    pub continued: Option<Uuid>,
}

impl WindowId {
    /// A new window, which continues the text of an autosave if one is given.
    #[must_use]
    pub fn opened(continued: Option<&Autosave>) -> Self {
        Self {
            id: Some(Uuid::new_v4()),
            continued: continued.and_then(|autosave| autosave.window),
        }
    }

    /// As the value of a form's hidden field.
    #[must_use]
    pub fn to_field(self) -> String {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        format!("{} {}", text(self.id), text(self.continued))
    }

    /// Parses the value of a form's hidden field. Anything else is a window without a number.
    #[must_use]
    pub fn from_field(text: &str) -> Self {
        let (id, continued) = text.split_once(' ').unwrap_or_default();
        Self {
            id: id.parse().ok(),
            continued: continued.parse().ok(),
        }
    }
}

/// A form that was not sent yet, in a list.
#[derive(Debug, Clone)]
pub struct Unfinished {
    pub id: AutosaveId,
    /// The project's name as typed; may be empty.
    pub name: String,
    pub saved_at: OffsetDateTime,
}

/// A saved form.
#[derive(Debug, Clone)]
pub struct Autosave {
    pub id: AutosaveId,
    pub form: FormId,
    /// The window that saved it last.
    pub window: Option<Uuid>,
    /// In the order of the form.
    pub fields: Vec<Field>,
    pub saved_at: OffsetDateTime,
}

impl Autosave {
    /// The project's name as typed; may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        let named = self.fields.iter().find(|(name, _)| name == "name");
        named.map_or("", |(_, value)| value.trim())
    }
}
