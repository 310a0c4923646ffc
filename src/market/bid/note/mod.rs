//! Notes: what a buyer tells the seller with a bid.
//!
//! Invariant: only the project's seller and the bid's buyer can read a note. So the history that all viewers share has
//! no notes, only which bids have one, and every other read returns a note only to a viewer who [`may_read`] it. The
//! note of a bid that is undone is deleted: the bid is as if it had never been placed.

pub(super) mod store;

use super::BidId;
use crate::{
    Result,
    account::{AccountId, Viewer},
    field::{self, ValueError},
    project::Project,
    store::Connection,
};
use serde::Serialize;
use std::{collections::HashMap, fmt};

/// Maximum length of a note, in characters.
pub const LONGEST_NOTE_CHARS: usize = 500;
/// Text with more bytes is refused before it is cleaned. Characters take up to 4 bytes; cleaning may join a few.
const LONGEST_TYPED_BYTES: usize = 16 * LONGEST_NOTE_CHARS;

/// A cleaned note: plain text of 1 to 500 characters, on one or more lines.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Note(String);

impl Note {
    /// Cleans what was typed; `None` if it is empty.
    ///
    /// # Errors
    /// `Invisible`, `TooLong` or `ControlCharacter`.
    pub fn parse(typed: &str) -> Result<Option<Self>, ValueError> {
        if typed.len() > LONGEST_TYPED_BYTES {
            let (most, has) = (LONGEST_NOTE_CHARS, typed.chars().count());
            return Err(ValueError::TooLong { most, has });
        }
        let text = field::body(typed, 0, LONGEST_NOTE_CHARS)?;
        Ok((!text.is_empty()).then_some(Self(text)))
    }

    /// A note from the database.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Omits the text, which must not end up in a log.
impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note")
    }
}

/// True for the project's seller and the bid's buyer, the only ones who can read the bid's note.
#[must_use]
pub(crate) fn may_read(viewer: Option<&Viewer>, seller: AccountId, buyer: AccountId) -> bool {
    viewer.is_some_and(|viewer| viewer.account == seller || viewer.account == buyer)
}

/// The notes of these bids on the project, as far as they have one that the viewer may read.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn notes(
    db: &mut Connection,
    viewer: &Viewer,
    project: &Project,
    bids: &[BidId],
) -> Result<HashMap<BidId, Note>> {
    let rows = store::notes(db, project.id, bids).await?;
    Ok(rows
        .into_iter()
        .filter(|row| may_read(Some(viewer), project.seller, row.buyer))
        .map(|row| (row.bid, row.note))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Role;
    use proptest::prelude::*;

    #[test]
    fn a_note_is_optional_and_has_at_most_500_characters() {
        let text = |typed: &str| Note::parse(typed).map(|note| note.map(Note::into_text));
        for empty in ["", "  ", "\r\n\t"] {
            assert_eq!(text(empty), Ok(None), "{empty:?}");
        }
        assert_eq!(
            text(" Two weeks,\r\nstarting in May. "),
            Ok(Some("Two weeks,\nstarting in May.".to_owned()))
        );
        let longest = "ё".repeat(500);
        assert_eq!(text(&longest), Ok(Some(longest.clone())));
        let (most, has) = (500, 501);
        assert_eq!(
            text(&(longest + "ё")),
            Err(ValueError::TooLong { most, has })
        );
        let has = 100_000;
        let too_long = "a".repeat(has);
        assert_eq!(text(&too_long), Err(ValueError::TooLong { most, has }));
        assert_eq!(text("a\u{202e}b"), Err(ValueError::ControlCharacter));
        assert_eq!(text("\u{3164}"), Err(ValueError::Invisible));
    }

    #[test]
    fn only_the_seller_and_the_buyer_may_read_a_note() {
        let (seller, buyer) = (AccountId(1), AccountId(2));
        for (account, role, may) in [
            (1, Role::Seller, true),
            (2, Role::Buyer, true),
            (3, Role::Buyer, false),
            (4, Role::Seller, false),
        ] {
            let account = AccountId(account);
            let name = String::new();
            let viewer = Viewer {
                account,
                role,
                name,
                has_confirmed_email: true,
            };
            assert_eq!(may_read(Some(&viewer), seller, buyer), may, "{account:?}");
        }
        assert!(!may_read(None, seller, buyer));
    }

    #[test]
    fn a_notes_debug_output_omits_its_text() {
        let note = Note::parse("Two weeks").expect("a note");
        assert_eq!(format!("{note:?}"), "Some(Note)");
    }

    proptest! {
        #[test]
        fn cleaning_a_note_again_does_not_change_it(typed in any::<String>()) {
            if let Ok(Some(note)) = Note::parse(&typed) {
                prop_assert!((1..=LONGEST_NOTE_CHARS).contains(&note.as_str().chars().count()));
                prop_assert_eq!(Note::parse(note.as_str()), Ok(Some(note)));
            }
        }
    }
}
