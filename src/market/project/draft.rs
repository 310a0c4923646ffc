//! Drafts, and the rule by which a form may replace a draft's contents.

use super::{Category, Details, Fulfillment, ProjectId, Refusal};
use crate::{
    moment::Zone,
    money::{Currency, Money},
};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// The version of a draft's contents: 1 for a new draft, and one more with each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct DraftVersion(pub i32);

/// A draft's latest save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSave {
    pub version: DraftVersion,
    /// The window that it was saved from; `None` if that window had no id.
    pub window: Option<Uuid>,
}

/// The form that a draft is saved from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DraftForm {
    /// The version that the form was filled from; `None` if its page comes from a server version that had none.
    pub version: Option<DraftVersion>,
    pub window: Option<Uuid>,
}

impl DraftForm {
    /// True if saving this form overwrites nothing that its seller has not seen in it, because the form was filled from
    /// the latest save or made that save.
    pub(super) fn continues(self, last: LastSave) -> bool {
        let made_last = self.window.is_some() && self.window == last.window;
        made_last || self.version.is_none_or(|version| version == last.version)
    }
}

/// A project its seller is still working on; only the name is always present.
#[derive(Debug, Clone)]
pub struct Draft {
    pub id: ProjectId,
    pub name: String,
    pub summary: String,
    pub description: String,
    pub category: Option<Category>,
    pub skills: Vec<String>,
    pub currency: Currency,
    pub budget: Option<Money>,
    pub deadline: Option<OffsetDateTime>,
    /// The zone that the deadline was typed in, if that is known.
    pub zone: Option<Zone>,
    pub fulfillment: Fulfillment,
    /// `None` if it has never been saved.
    pub last_save: Option<LastSave>,
}

impl Draft {
    /// Decides whether these contents, sent from this form, may replace the draft's.
    ///
    /// # Errors
    /// [`Refusal::ChangedElsewhere`].
    pub(super) fn must_accept(&self, details: &Details, form: DraftForm) -> Result<(), Refusal> {
        match self.last_save {
            Some(last) if !form.continues(last) && !self.has(details) => {
                let version = last.version;
                Err(Refusal::ChangedElsewhere { version })
            }
            _ => Ok(()),
        }
    }

    /// True if these are the draft's contents.
    pub(super) fn has(&self, details: &Details) -> bool {
        let Details {
            name,
            summary,
            description,
            category,
            skills,
            currency,
            budget,
            deadline,
            zone: _,
            fulfillment,
        } = details;
        let texts = [&self.name, &self.summary, &self.description];
        texts == [name, summary, description]
            && (self.category, &self.skills) == (*category, skills)
            && (self.currency, self.budget) == (*currency, *budget)
            && (self.deadline, &self.fulfillment) == (*deadline, fulfillment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_continues_the_save_that_it_shows_or_made() {
        let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let last = |version, window| LastSave {
            version: DraftVersion(version),
            window,
        };
        let form = |version: Option<i32>, window| DraftForm {
            version: version.map(DraftVersion),
            window,
        };
        assert!(form(Some(2), Some(own)).continues(last(2, Some(other))));
        // The answer to its own save was lost, and it is sent again, perhaps with a correction.
        assert!(form(Some(2), Some(own)).continues(last(3, Some(own))));
        assert!(!form(Some(2), Some(own)).continues(last(3, Some(other))));
        assert!(!form(Some(2), None).continues(last(3, None)));
        // The page comes from an older server version.
        assert!(form(None, None).continues(last(3, Some(other))));
    }
}
