//! What a seller has typed into a project's form, saved while the seller types, so that text that has not been sent
//! survives a crash, a closed tab and the end of the session.
//!
//! Invariant: an autosave belongs to one form and is shown only to its seller. Nothing in it is validated, so that
//! half-typed fields are kept, too. Once the form has been sent, its autosave is deleted, and a late save does not bring
//! it back. Windows that show the same form do not overwrite each other, and saving a draft from one keeps what was typed
//! into another.
//!
//! At most ten are kept per seller, each of at most 100 kB, for 30 days.

mod refusal;
mod store;

pub use refusal::Refusal;
pub use store::{
    discard, discard_form, find, finish, finish_all, forget_old, of_draft, save, unfinished,
};

use crate::project::{DraftForm, DraftVersion, ProjectId};
use time::OffsetDateTime;
use uuid::Uuid;

/// Maximum size of the names and values in one autosave, in bytes: enough for the longest description in any script and
/// the rest of its form.
pub const MAX_BYTES: usize = 100_000;

/// How long an autosave is kept, in days.
pub const KEPT_DAYS: i32 = 30;
/// How many autosaves are kept per seller.
const MAX_STORED: i64 = 10;

/// A field's name and value.
pub type Field = (String, String);

/// Identifies an autosave, also in URLs.
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
pub struct FormWindow {
    /// A random id. `None` if the page comes from a server version without such ids, or if the seller chose this window's
    /// text with a button.
    pub id: Option<Uuid>,
    /// The window whose text the page was rendered with.
    pub predecessor: Option<Uuid>,
    /// The version of the draft that the form was filled from; `None` for a new project.
    pub draft_version: Option<DraftVersion>,
}

impl FormWindow {
    /// A new window, with the form of a new project or of this version of a draft.
    #[must_use]
    pub fn new(draft_version: Option<DraftVersion>) -> Self {
        Self {
            id: Some(Uuid::new_v4()),
            predecessor: None,
            draft_version,
        }
    }

    /// A new window that is filled with the text of an autosave.
    #[must_use]
    pub fn resuming(autosave: &Autosave) -> Self {
        Self {
            predecessor: autosave.window,
            ..Self::new(autosave.draft_version)
        }
    }

    /// The same window once the seller has decided that its text replaces this version of the draft.
    #[must_use]
    pub const fn replacing(self, version: DraftVersion) -> Self {
        Self {
            draft_version: Some(version),
            ..self
        }
    }

    /// The draft form in this window; it decides whether the window may save its draft.
    #[must_use]
    pub const fn draft_form(self) -> DraftForm {
        DraftForm {
            version: self.draft_version,
            window: self.id,
        }
    }

    /// As the value of a form's hidden field: three words, each of which may be empty.
    #[must_use]
    pub fn to_field(self) -> String {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let version = self.draft_version.map(|version| version.0.to_string());
        let (id, predecessor) = (text(self.id), text(self.predecessor));
        format!("{id} {predecessor} {}", version.unwrap_or_default())
    }

    /// Parses the value of a form's hidden field. Parts that are missing or malformed become `None`.
    #[must_use]
    pub fn from_field(text: &str) -> Self {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default();
        Self {
            id: word().parse().ok(),
            predecessor: word().parse().ok(),
            draft_version: word().parse().ok().map(DraftVersion),
        }
    }
}

/// The result of saving a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveResult {
    pub id: AutosaveId,
    pub at: OffsetDateTime,
    /// True if the draft has been saved from another window since this form was filled.
    pub is_behind: bool,
}

/// A form that has not been sent yet, in a list.
#[derive(Debug, Clone)]
pub struct UnfinishedForm {
    pub id: AutosaveId,
    /// The draft in the form; `None` for a new project.
    pub draft: Option<ProjectId>,
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
    /// The version of the draft that the form was filled from.
    pub draft_version: Option<DraftVersion>,
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
