//! Mail that is held by quiet hours or for a digest: which of it still matters, and when it goes out.
//!
//! Held mail is not in the recipient's mail queue, whose order stays as it is. Once held mail is due, one transaction
//! queues it in the order of its events, or writes it as a digest. Until then, mail that could have gone out at once is
//! held too, so that it does not overtake; only mail that may not wait is queued.

use super::{
    DigestFacts, NoticeFacts, NoticeKind,
    mail_hold::MailHold,
    schedule::MailSchedule,
    store::{self, held_mail},
    verbs::{NewNotice, write},
};
use crate::{
    Result,
    account::AccountId,
    money::Money,
    project::ProjectId,
    store::{Tx, now},
};
use std::collections::{BTreeMap, HashMap, HashSet};
use time::OffsetDateTime;

/// How many accounts' mail one transaction releases.
const ACCOUNTS_AT_ONCE: i64 = 20;
/// How many projects a digest names.
const LONGEST_DIGEST: usize = 50;

/// A notice whose mail is held, with its project as it stands now.
#[derive(Debug, Clone)]
pub(super) struct HeldMail {
    pub number: i64,
    pub kind: NoticeKind,
    pub project: Option<ProjectId>,
    pub deadline: Option<OffsetDateTime>,
    pub accepts_bids: bool,
    /// If the recipient has an active bid: whether it is the lowest.
    pub leads: Option<bool>,
    /// The lowest active bid.
    pub lowest: Option<Money>,
    /// The lowest bid when the notice was written.
    pub told_lowest: Option<Money>,
    /// False if the recipient has turned the kind off since, or has no confirmed address any more.
    pub is_wanted: bool,
    pub is_for_digest: bool,
}

impl HeldMail {
    /// False if it has been overtaken by what happened since.
    fn still_matters(&self) -> bool {
        let stands = match self.kind {
            NoticeKind::Outbid => self.accepts_bids && self.leads == Some(false),
            NoticeKind::LeadsAgain => self.accepts_bids && self.leads == Some(true),
            // The bid may have been withdrawn or undone.
            NoticeKind::FirstBid | NoticeKind::NewLowest => {
                let is_as_low = |(lowest, told): (Money, Money)| lowest.minor() <= told.minor();
                self.accepts_bids && self.lowest.zip(self.told_lowest).is_some_and(is_as_low)
            }
            NoticeKind::DeadlineInADay | NoticeKind::WatchedInADay | NoticeKind::SearchFit => {
                self.accepts_bids
            }
            _ => true,
        };
        stands && self.is_wanted
    }
}

/// What still matters of somebody's held mail, in order. Of a project's notices about one subject (bids or deadline),
/// only the last counts; a buyer who lost the lead and has it again gets none of those about bids.
fn news(held: &[HeldMail]) -> Vec<&HeldMail> {
    let group = |mail: &HeldMail| Some((mail.project?, mail.kind.subject().name()));
    let mut first = HashMap::new();
    let mut last = HashMap::new();
    for mail in held {
        if let Some(group) = group(mail) {
            first.entry(group).or_insert(mail.kind);
            if mail.still_matters() {
                last.insert(group, mail.number);
            }
        }
    }
    let is_news = |mail: &&HeldMail| {
        let Some(group) = group(mail) else {
            return mail.still_matters();
        };
        let led_before = first.get(&group) == Some(&NoticeKind::Outbid);
        last.get(&group) == Some(&mail.number)
            && !(mail.kind == NoticeKind::LeadsAgain && led_before)
    };
    held.iter().filter(is_news).collect()
}

/// What a digest of these notices has: the projects with the newest notices first, and at most [`LONGEST_DIGEST`] of them.
fn digest(news: &[&HeldMail]) -> DigestFacts {
    let mut projects: BTreeMap<(i64, Option<ProjectId>), Vec<i64>> = BTreeMap::new();
    let mut newest = HashMap::new();
    for mail in news {
        newest.insert(mail.project, mail.number);
    }
    for mail in news {
        let place = newest.get(&mail.project).copied().unwrap_or(mail.number);
        projects
            .entry((-place, mail.project))
            .or_default()
            .push(mail.number);
    }
    DigestFacts {
        projects: projects.len(),
        notices: projects
            .into_values()
            .take(LONGEST_DIGEST)
            .flatten()
            .collect(),
    }
}

/// What becomes of somebody's held mail. Whatever it does not name is dropped.
#[derive(Debug, Default, PartialEq, Eq)]
struct MailPlan {
    queue: Vec<i64>,
    hold: Vec<(i64, MailHold)>,
    digest: Option<DigestFacts>,
}

fn plan(schedule: &MailSchedule, held: &[HeldMail], now: OffsetDateTime) -> MailPlan {
    let mut plan = MailPlan::default();
    let news = news(held);
    let (for_digest, single): (Vec<_>, Vec<_>) =
        news.into_iter().partition(|mail| mail.is_for_digest);
    match schedule.quiet_until(now) {
        // The worker was down, or clocks were changed.
        Some(end) => {
            let until_end = |mail: &&HeldMail| (mail.number, MailHold::Digest(end));
            plan.hold.extend(for_digest.iter().map(until_end));
        }
        None if for_digest.is_empty() => {}
        None => plan.digest = Some(digest(&for_digest)),
    }
    for mail in single {
        match schedule.hold(mail.kind, mail.deadline, now) {
            None => plan.queue.push(mail.number),
            Some(hold) => plan.hold.push((mail.number, hold)),
        }
    }
    plan
}

/// Queues the held mail of up to 20 accounts that is due, or writes it as a digest; returns how many accounts there were.
/// Call it again until it returns 0.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn release_mail(tx: &mut Tx<'_>) -> Result<usize> {
    store::lock(tx).await?;
    let due = held_mail::due(tx, ACCOUNTS_AT_ONCE).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let now = now(tx).await?;
    let (mut done, mut queue, mut hold, mut digests) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (account, schedule, held) in &due {
        let plan = plan(schedule, held, now);
        let of_account = |number: i64| (*account, number);
        let still_held: HashSet<i64> = plan.hold.iter().map(|(number, _)| *number).collect();
        let is_done = |mail: &&HeldMail| !still_held.contains(&mail.number);
        done.extend(
            held.iter()
                .filter(is_done)
                .map(|mail| of_account(mail.number)),
        );
        queue.extend(plan.queue.into_iter().map(of_account));
        hold.extend(
            plan.hold
                .into_iter()
                .map(|(number, hold)| (*account, number, hold)),
        );
        digests.extend(plan.digest.map(|facts| digest_notice(*account, facts)));
    }
    held_mail::forget(tx, &done).await?;
    held_mail::hold_longer(tx, &hold).await?;
    held_mail::queue(tx, &queue).await?;
    write(tx, digests).await?;
    Ok(due.len())
}

fn digest_notice(account: AccountId, digest: DigestFacts) -> (NoticeKind, NewNotice) {
    let facts = NoticeFacts {
        digest: Some(Box::new(digest)),
        ..NoticeFacts::default()
    };
    let notice = NewNotice {
        account,
        project: None,
        facts,
    };
    (NoticeKind::MailDigest, notice)
}

#[cfg(test)]
mod tests;
