//! The topics that this process watches, and their watchers.
//!
//! - A project that changed is marked stale, read, and rendered once as the bytes of its event. It is read at most four
//!   times per second, except for new watchers.
//! - Watchers of a project hold a `watch` channel. A slow reader gets only the latest state, so nothing queues up.
//! - Dashboards have a mailbox, which holds each changed topic once.
//! - At most 200,000 topics are watched, at about 0.5 kB each. A poll reads about 20,000 of those that new watchers
//!   wait for; the next one reads the rest.

use super::{PACE, busy, frame::ProjectUpdate, recent_changes::RecentChanges};
use guildhall::{
    Result,
    batch::{Backlog, PendingRequest},
    live::{Figures, Poll, Topic},
    project::ProjectId,
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

/// The maximum number of topics a process watches, at about half a kilobyte each.
const MAX_WATCHED: usize = 200_000;
/// About how many projects one poll reads for new watchers. The next one reads the rest.
const MAX_PER_POLL: usize = 20_000;
/// How old the last completed poll may be while the states still count as current.
const CURRENT: Duration = Duration::from_secs(5);
/// How often topics that nobody watches any more are forgotten.
const CLEANUP_PERIOD: Duration = Duration::from_secs(1);

/// All watched topics, and the callers that are waiting for a read.
pub(super) struct WatchedTopics {
    topics: HashMap<Topic, Watch>,
    /// The topics that changed since they were read.
    stale: HashSet<Topic>,
    /// The waiting callers, in order of arrival.
    pending_reads: VecDeque<PendingRead>,
    cleaned_at: Option<Instant>,
    /// When the last poll succeeded.
    polled_at: Option<Instant>,
    /// What the database's clock said in the last poll, and when its answer arrived.
    clock: Option<(OffsetDateTime, Instant)>,
    is_closed: bool,
    /// The feed also runs while callers ask whether projects have changed.
    changes: Arc<RecentChanges>,
}

/// A caller that waits until these topics have been read.
type PendingRead = PendingRequest<Vec<Topic>, ()>;

/// A topic that is watched.
#[derive(Default)]
struct Watch {
    /// The latest state. `None`: not read yet, not published, or a topic without a state.
    news: watch::Sender<Option<Arc<ProjectUpdate>>>,
    /// Keyed by address in memory, so that one of many thousands is found at once.
    mailboxes: HashMap<usize, Weak<Mailbox>>,
    read_at: Option<Instant>,
}

impl Watch {
    fn has_left(&mut self) -> bool {
        self.mailboxes.retain(|_, of| of.strong_count() > 0);
        self.mailboxes.is_empty() && self.news.receiver_count() == 0
    }

    fn put(&self, change: impl Fn(&mut MailContents)) {
        for mailbox in self.mailboxes.values().filter_map(Weak::upgrade) {
            mailbox.put(&change);
        }
    }
}

/// Collects the changed topics for a dashboard, each once however often it changed.
#[derive(Default)]
pub(super) struct Mailbox {
    inside: Mutex<MailContents>,
    filled: Notify,
}

#[derive(Default)]
pub(super) struct MailContents {
    pub topics: HashSet<Topic>,
    pub is_closed: bool,
}

impl Mailbox {
    fn put(&self, change: impl FnOnce(&mut MailContents)) {
        change(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner));
        self.filled.notify_one();
    }

    /// Waits until the mailbox contains something. Cancel-safe.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    pub fn empty(&self) -> MailContents {
        std::mem::take(&mut *self.inside.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One poll, and the callers that are waiting for what it reads.
#[derive(Default)]
pub(super) struct PollRound {
    /// The topics that the callers are waiting for, each once.
    topics: Vec<Topic>,
    requested: HashSet<Topic>,
    /// Each with the number of `topics` that must have been read before it is answered.
    pending_reads: VecDeque<(usize, PendingRead)>,
}

impl PollRound {
    fn take(&mut self, pending: PendingRead) {
        let new = (pending.request.iter()).filter(|topic| self.requested.insert(**topic));
        self.topics.extend(new);
        self.pending_reads.push_back((self.topics.len(), pending));
    }

    /// Answers the callers whose topics are all among the first `read` ones.
    pub fn answer(&mut self, read: usize) {
        while self
            .pending_reads
            .front()
            .is_some_and(|(all, _)| *all <= read)
        {
            if let Some((_, pending)) = self.pending_reads.pop_front() {
                pending.answer(());
            }
        }
    }
}

impl WatchedTopics {
    pub fn new(changes: Arc<RecentChanges>) -> Self {
        Self {
            topics: HashMap::new(),
            stale: HashSet::new(),
            pending_reads: VecDeque::new(),
            cleaned_at: None,
            polled_at: None,
            clock: None,
            is_closed: false,
            changes,
        }
    }

    /// Drops all topics, which ends their streams, and all waiting callers.
    pub fn close(&mut self) {
        self.is_closed = true;
        for watch in self.topics.values() {
            watch.put(|inside| inside.is_closed = true);
        }
        self.topics.clear();
        self.pending_reads.clear();
    }

    /// # Errors
    /// `Busy` when too many topics are watched or the server is stopping; the same holds for `subscribe`.
    pub fn watch(&mut self, topic: Topic) -> Result<watch::Receiver<Option<Arc<ProjectUpdate>>>> {
        Ok(self.at(topic)?.news.subscribe())
    }

    pub fn subscribe(&mut self, topic: Topic, mailbox: &Arc<Mailbox>) -> Result<()> {
        let mailboxes = &mut self.at(topic)?.mailboxes;
        mailboxes.insert(place(mailbox), Arc::downgrade(mailbox));
        Ok(())
    }

    fn at(&mut self, topic: Topic) -> Result<&mut Watch> {
        let is_full = self.topics.len() >= MAX_WATCHED && !self.topics.contains_key(&topic);
        if self.is_closed || is_full {
            return Err(busy());
        }
        Ok(self.topics.entry(topic).or_default())
    }

    /// Requests that the next poll read these topics, which the caller watches.
    pub fn request(&mut self, topics: Vec<Topic>) -> oneshot::Receiver<()> {
        let (pending, read) = PendingRequest::new(topics);
        self.pending_reads.push_back(pending);
        read
    }

    /// Puts the callers that a failed poll did not answer at the front of the queue for the next one.
    pub fn requeue(&mut self, round: PollRound) {
        if !self.is_closed {
            for (_, pending) in round.pending_reads.into_iter().rev() {
                self.pending_reads.push_front(pending);
            }
        }
    }

    /// Records that a poll succeeded.
    pub fn record_poll(&mut self) {
        self.polled_at = Some(Instant::now());
    }

    /// The database's clock according to the last poll: late by the time its answer took, and never early. `None` if the
    /// poll is too long ago to rely on this server's clock since then.
    pub fn now(&self) -> Option<OffsetDateTime> {
        let (read, at) = self.clock.filter(|(_, at)| at.elapsed() < CURRENT)?;
        Some(read + at.elapsed())
    }

    /// True if the states that are sent are current.
    pub fn is_current(&self) -> bool {
        self.polled_at.is_some_and(|at| at.elapsed() < CURRENT)
    }

    /// Begins a poll, for as many of the waiting callers as it can serve.
    pub fn begin(&mut self) -> PollRound {
        let mut round = PollRound::default();
        while round.topics.len() < MAX_PER_POLL
            && let Some(pending) = self.pending_reads.pop_front()
        {
            if !pending.is_abandoned() {
                round.take(pending);
            }
        }
        round
    }

    /// Forgets subscribers that left, and topics that nobody watches.
    fn forget_departed(&mut self) {
        self.cleaned_at = Some(Instant::now());
        self.topics.retain(|_, watch| !watch.has_left());
        self.stale.retain(|topic| self.topics.contains_key(topic));
    }

    /// Marks changed projects as stale, and notifies the dashboards of changed accounts, which have no state.
    pub fn changed(&mut self, poll: &Poll) {
        self.clock = Some((poll.now, Instant::now()));
        let changed: Vec<Topic> = if poll.all {
            self.topics.keys().copied().collect()
        } else {
            poll.topics.clone()
        };
        for topic in changed {
            let Some(watch) = self.topics.get(&topic) else {
                continue;
            };
            match topic {
                Topic::Project(_) => {
                    self.stale.insert(topic);
                }
                Topic::Account(_) => watch.put(|inside| {
                    inside.topics.insert(topic);
                }),
            }
        }
    }

    /// The topics to read now: first those that callers wait for, then stale ones that were not read within [`PACE`].
    pub fn due(&self, round: &PollRound) -> Vec<Topic> {
        let is_due = |topic: &&Topic| {
            let read_at = self.topics.get(*topic).and_then(|watch| watch.read_at);
            !round.requested.contains(*topic) && read_at.is_none_or(|read| read.elapsed() >= PACE)
        };
        let stale = self.stale.iter().filter(is_due);
        // However many new watchers are waiting, earlier ones still get their updates.
        let most = round.topics.len() + MAX_PER_POLL / 2;
        let due = round.topics.iter().chain(stale).take(most);
        due.copied().collect()
    }

    /// Sends what was read to its watchers. A project without figures is not published.
    pub fn publish(&mut self, read: &[Topic], figures: Vec<Figures>) {
        let mut figures: HashMap<Topic, Figures> = figures
            .into_iter()
            .map(|figures| (Topic::Project(figures.project), figures))
            .collect();
        for topic in read {
            self.stale.remove(topic);
            let Some(watch) = self.topics.get_mut(topic) else {
                continue;
            };
            watch.read_at = Some(Instant::now());
            let Some(figures) = figures.remove(topic) else {
                continue;
            };
            let published = watch.news.borrow().as_ref().map(|news| news.figures);
            if published == Some(figures) {
                continue;
            }
            watch
                .news
                .send_replace(Some(Arc::new(ProjectUpdate::new(figures))));
            watch.put(|inside| {
                inside.topics.insert(*topic);
            });
        }
    }

    /// The states of these projects as last read, except those that are not published.
    pub fn figures(&self, ids: &[ProjectId]) -> Vec<Figures> {
        ids.iter()
            .filter_map(|id| {
                let news = self.topics.get(&Topic::Project(*id))?.news.borrow();
                news.as_ref().map(|news| news.figures)
            })
            .collect()
    }

    /// Ends the mailbox's subscriptions to these topics.
    pub fn leave(&mut self, topics: &[Topic], mailbox: &Arc<Mailbox>) {
        for topic in topics {
            if let Some(watch) = self.topics.get_mut(topic) {
                watch.mailboxes.remove(&place(mailbox));
            }
        }
    }
}

impl Backlog for WatchedTopics {
    type InProgress = ();

    /// True while somebody watches, waits for a read, or asks what is unchanged.
    fn has_work(&mut self, _busy: usize) -> bool {
        if self
            .cleaned_at
            .is_none_or(|at| at.elapsed() >= CLEANUP_PERIOD)
        {
            self.forget_departed();
        }
        let is_in_use = || self.changes.is_in_use(Instant::now().into_std());
        let is_watched = !(self.topics.is_empty() && self.pending_reads.is_empty());
        !self.is_closed && (is_watched || is_in_use())
    }

    fn forget(&mut self, (): ()) {}

    fn clear(&mut self) {
        self.pending_reads.clear();
    }
}

fn place(mailbox: &Arc<Mailbox>) -> usize {
    Arc::as_ptr(mailbox).addr()
}
