//! Where a page of the archive starts, as in URLs: `1796040000000000-1207`.

use crate::{
    field::ValueError,
    project::{ProjectId, Start},
};
use std::{fmt, str::FromStr};

/// The last project of the previous page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveCursor {
    /// Its deadline, in microseconds since 1970.
    deadline: i64,
    id: ProjectId,
}

impl ArchiveCursor {
    pub(super) const fn new(deadline: i64, id: ProjectId) -> Self {
        Self { deadline, id }
    }

    pub(super) const fn start(self) -> Start {
        Start::After {
            key: self.deadline,
            id: self.id,
        }
    }
}

impl fmt::Display for ArchiveCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.deadline, self.id)
    }
}

impl FromStr for ArchiveCursor {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // A deadline before 1970 has a minus sign of its own.
        let (deadline, id) = text.rsplit_once('-').ok_or(ValueError::NotAChoice)?;
        let number = |text: &str| text.parse().map_err(|_| ValueError::NotAChoice);
        Ok(Self::new(number(deadline)?, ProjectId(number(id)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_survives_a_round_trip_through_its_text(deadline: i64, id in 0..i64::MAX) {
            let cursor = ArchiveCursor::new(deadline, ProjectId(id));
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn parsing_any_text_never_panics(text in ".*") {
            let _ = text.parse::<ArchiveCursor>();
        }
    }

    #[test]
    fn a_word_is_not_a_cursor() {
        assert!("last-week".parse::<ArchiveCursor>().is_err());
        assert!("12".parse::<ArchiveCursor>().is_err());
    }
}
