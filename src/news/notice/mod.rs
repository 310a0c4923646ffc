//! Notices: what people are told about their projects, bids and accounts.
//!
//! Invariant: an event is told to each recipient once. A recipient's notices are numbered without a gap, in the order in
//! which they were committed.
//!
//! 1. The worker's consumer `notices` handles events in commit order ([`tell`]). It decides who is told what, and writes
//!    the notices in the transaction that moves its checkpoint.
//! 2. A kind may be held back ([`Timing`]): a bidding war is then a few notices. [`release`] tells what is due as things
//!    stand at that moment, and drops what no longer matters.
//! 3. Deadlines have no event: [`tell_deadlines`] finds them by the clock, however many events are waiting.
//!    [`tell_digests`] finds the digests of saved searches that are due.
//! 4. A notice to all watchers of a project, or to all whose saved search it fits, may have thousands of recipients.
//!    The consumer and [`tell_deadlines`] only queue it; [`broadcast`] writes it batch by batch. A watcher who already
//!    got the corresponding notice as a bidder is left out.
//! 5. Every writer of notices holds one advisory lock, so their locks on many recipients' rows can't form a cycle.
//! 6. A notice that is also sent by mail is queued in the same statement. The worker sends each recipient's queue in
//!    order ([`delivery`]). What is also posted to webhooks is queued there, too (`webhook`).
//! 7. Quiet hours or a digest may hold mail ([`MailSchedule`]). [`release_mail`] queues it once it is due.
//!
//! A notice holds the figures of the moment when it was written; the project's name and its present lowest bid are read
//! when the notice is shown. Notices are kept for 90 days.

mod account_events;
mod auction;
mod broadcast;
pub mod delivery;
mod digest;
mod facts;
mod held_mail;
mod kind;
mod mail_hold;
mod preference;
mod schedule;
mod store;
mod text;
mod unsubscribe;
mod verbs;
mod webhook;

pub use broadcast::broadcast;
pub use digest::tell_digests;
pub use facts::{DigestFacts, NoticeFacts, SearchFacts};
pub use held_mail::release_mail;
pub use kind::{Audience, NoticeChannel, NoticeKind, NoticeSubject, Timing};
pub use mail_hold::MailDelay;
pub use preference::Preferences;
pub use schedule::{DAYS, MailSchedule, TypedSchedule};
pub(crate) use store::lock;
pub(in crate::news) use {
    store::inbox::{NoticeRow, readable},
    webhook::tell_of_webhook,
};
pub use {
    store::{
        delivery::{bound_waits, claim, parked, record, send_again, stop_mail},
        forget_old,
        hold::mark_seen,
        inbox::{list, mark_all_read, mark_read, of_digest, unread},
        preference::{preferences, set_preferences},
        schedule::{choose_schedule, schedule, set_schedule},
    },
    unsubscribe::Unsubscriber,
    verbs::{EVENTS, release, tell, tell_deadlines},
};

use crate::{money::Money, project::ProjectId};
use time::OffsetDateTime;

/// How many unread notices are counted; more are shown as "99+".
pub const MAX_COUNTED: i64 = 100;

/// A number of unread notices as people see it: empty for none, and "99+" from [`MAX_COUNTED`] on.
#[must_use]
pub fn unread_label(unread: i64) -> String {
    match unread {
        ..=0 => String::new(),
        1..MAX_COUNTED => unread.to_string(),
        _ => format!("{}+", MAX_COUNTED - 1),
    }
}

/// How long notices are kept, in days.
pub const KEPT_DAYS: i32 = 90;

/// A recipient's notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Counts the recipient's notices, from 1 and without a gap.
    pub number: i64,
    pub kind: NoticeKind,
    pub project: Option<AboutProject>,
    pub facts: NoticeFacts,
    pub created_at: OffsetDateTime,
    pub read_at: Option<OffsetDateTime>,
}

/// The project that a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutProject {
    pub id: ProjectId,
    pub name: String,
    pub deadline: OffsetDateTime,
    /// Its lowest active bid now, in minor units.
    pub lowest_minor: Option<i64>,
}

impl Notice {
    /// One sentence or two about what happened, and whether it has been taken back since.
    #[must_use]
    pub fn text(&self) -> String {
        match (self.kind, self.withdrawn_bid()) {
            (NoticeKind::FirstBid, Some(bid)) => {
                format!("Someone bid {bid} but has since taken that bid back.")
            }
            (NoticeKind::NewLowest, Some(bid)) => {
                format!("The lowest bid was {bid}, but it has since been taken back.")
            }
            _ => self.kind.text(&self.facts),
        }
    }

    /// The bid that the seller was told of, if it has been withdrawn or undone since and no other one is as low.
    fn withdrawn_bid(&self) -> Option<Money> {
        let lowest_now = self.project.as_ref()?.lowest_minor;
        (self.facts.lowest).filter(|told| lowest_now.is_none_or(|now| now > told.minor()))
    }

    /// The path of the page where the recipient sees more, or acts.
    #[must_use]
    pub fn path(&self) -> String {
        match &self.project {
            Some(project) if self.kind.is_result() => format!("/projects/{}/result", project.id),
            Some(project) => format!("/projects/{}", project.id),
            None => {
                let list = self
                    .facts
                    .search
                    .as_ref()
                    .and_then(|search| search.list.clone());
                list.unwrap_or_else(|| self.kind.account_path().to_owned())
            }
        }
    }
}

/// Which notices a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    pub unread_only: bool,
    pub subject: Option<NoticeSubject>,
}

/// A page of a recipient's notices, the newest first.
#[derive(Debug, Clone)]
pub struct NoticeList {
    pub notices: Vec<Notice>,
    /// The number after which the next, older page continues; `None` on the last page.
    pub older_than: Option<i64>,
}
