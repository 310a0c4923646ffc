//! What may delay the mail of a kind, and until when a notice's mail is held.

use time::{Duration, OffsetDateTime};

/// What may delay the mail of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailDelay {
    Nothing,
    /// Quiet hours, if they end early enough before the project's deadline.
    BeforeDeadline,
    /// Quiet hours, but no digest: it would come too late, or has a frequency of its own.
    QuietHours,
    /// Quiet hours and digests.
    Digest,
    /// Quiet hours and digests, if they come early enough before the project's deadline.
    DigestBeforeDeadline,
}

impl MailDelay {
    /// True if digests collect it.
    #[must_use]
    pub const fn is_for_digest(self) -> bool {
        matches!(self, Self::Digest | Self::DigestBeforeDeadline)
    }

    /// True if mail that goes out at the end of this hold does not come too late for the project's deadline.
    pub(super) fn allows(self, hold: MailHold, deadline: Option<OffsetDateTime>) -> bool {
        match self {
            Self::Nothing => false,
            Self::QuietHours | Self::Digest => true,
            Self::BeforeDeadline | Self::DigestBeforeDeadline => {
                deadline.is_none_or(|deadline| hold.due_at() + AHEAD_OF_DEADLINE <= deadline)
            }
        }
    }
}

/// Mail that may come too late is held only if it still comes this long before the deadline.
const AHEAD_OF_DEADLINE: Duration = Duration::HOUR;

/// Why and until when a notice's mail is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailHold {
    /// Decided again at this time.
    Until(OffsetDateTime),
    /// Part of the digest of this time.
    Digest(OffsetDateTime),
}

impl MailHold {
    pub const fn due_at(self) -> OffsetDateTime {
        match self {
            Self::Until(at) | Self::Digest(at) => at,
        }
    }

    pub const fn is_digest(self) -> bool {
        matches!(self, Self::Digest(_))
    }
}
