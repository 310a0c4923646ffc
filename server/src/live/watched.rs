//! What somebody in this process watches, and who is to be told.

use super::{PACE, busy, frame::News};
use guildhall::{
    Result,
    account::AccountId,
    live::{Figures, Look},
    project::ProjectId,
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::Instant,
};

/// How many projects a process watches at most, at about half a kilobyte each.
const MOST_WATCHED: usize = 200_000;
/// How many projects one look reads. What is left over is read by the next.
const MOST_A_LOOK: usize = 20_000;
/// How long ago the last look may have been finished if what is told is to be called current.
const CURRENT: Duration = Duration::from_secs(5);
/// How often those who left are forgotten.
const TENDED: Duration = Duration::from_secs(1);

/// Everything that is watched.
#[derive(Default)]
pub(super) struct Watched {
    projects: HashMap<ProjectId, Watch>,
    /// Which of them changed since they were read.
    stale: HashSet<ProjectId>,
    accounts: HashMap<AccountId, Vec<Weak<Mailbox>>>,
    /// In the order in which they came.
    asks: VecDeque<Ask>,
    tended_at: Option<Instant>,
    /// When a look was finished last.
    looked_at: Option<Instant>,
    /// Whether the feed runs.
    is_running: bool,
    is_closed: bool,
}

/// Somebody who waits until these were read. It has come to know them by then, or is told that it can't be.
struct Ask {
    ids: Vec<ProjectId>,
    answer: oneshot::Sender<()>,
}

/// A project that is watched.
#[derive(Default)]
struct Watch {
    /// A slow reader finds the last state there, and none of those in between. Nothing: not read yet, or not published.
    news: watch::Sender<Option<Arc<News>>>,
    /// By where they are in memory, so that one of many thousands leaves at once.
    mailboxes: HashMap<usize, Weak<Mailbox>>,
    read_at: Option<Instant>,
}

impl Watch {
    fn is_left(&mut self) -> bool {
        self.mailboxes.retain(|_, of| of.strong_count() > 0);
        self.mailboxes.is_empty() && self.news.receiver_count() == 0
    }
}

/// Where a dashboard finds what changed, each project once however often it did.
#[derive(Default)]
pub(super) struct Mailbox {
    inside: Mutex<Inside>,
    filled: Notify,
}

#[derive(Default)]
pub(super) struct Inside {
    pub projects: HashSet<ProjectId>,
    /// The account itself did something: which projects are on its dashboard may be others now.
    pub own: bool,
    pub is_closed: bool,
}

impl Mailbox {
    fn put(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner));
        self.filled.notify_one();
    }

    /// Waits until there is something. Nothing is lost when this is given up half-way.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    pub fn empty(&self) -> Inside {
        std::mem::take(&mut *self.inside.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A look that begins, and those who wait for it.
#[derive(Default)]
pub(super) struct Turn {
    /// What they ask for, each project once.
    asked: Vec<ProjectId>,
    known: HashSet<ProjectId>,
    /// Each with how many of `asked` have to be read for it.
    asks: VecDeque<(usize, Ask)>,
}

impl Turn {
    fn take(&mut self, ask: Ask) {
        let new = ask.ids.iter().filter(|id| self.known.insert(**id));
        self.asked.extend(new);
        self.asks.push_back((self.asked.len(), ask));
    }

    /// Answers those for whom so many of the projects were all.
    pub fn answer(&mut self, read: usize) {
        while self.asks.front().is_some_and(|(all, _)| *all <= read) {
            if let Some((_, ask)) = self.asks.pop_front() {
                // It may have stopped waiting.
                let _ = ask.answer.send(());
            }
        }
    }
}

impl Watched {
    /// Drops all that streams wait for, which ends them, and all who ask.
    pub fn close(&mut self) {
        self.is_closed = true;
        let mailboxes = self.projects.values().flat_map(|of| of.mailboxes.values());
        for mailbox in mailboxes.chain(self.accounts.values().flatten()) {
            if let Some(mailbox) = mailbox.upgrade() {
                mailbox.put(|inside| inside.is_closed = true);
            }
        }
        self.projects.clear();
        self.accounts.clear();
        self.asks.clear();
    }

    /// # Errors
    /// `Busy` when too much is watched, or the server stops; so too for `subscribe` and `follow`.
    pub fn watch(&mut self, id: ProjectId) -> Result<watch::Receiver<Option<Arc<News>>>> {
        Ok(self.at(id)?.news.subscribe())
    }

    pub fn subscribe(&mut self, id: ProjectId, mailbox: &Arc<Mailbox>) -> Result<()> {
        let mailboxes = &mut self.at(id)?.mailboxes;
        mailboxes.insert(place(mailbox), Arc::downgrade(mailbox));
        Ok(())
    }

    pub fn follow(&mut self, account: AccountId, mailbox: &Arc<Mailbox>) -> Result<()> {
        if self.is_closed {
            return Err(busy());
        }
        let mailboxes = self.accounts.entry(account).or_default();
        mailboxes.push(Arc::downgrade(mailbox));
        Ok(())
    }

    fn at(&mut self, id: ProjectId) -> Result<&mut Watch> {
        let is_full = self.projects.len() >= MOST_WATCHED && !self.projects.contains_key(&id);
        if self.is_closed || is_full {
            return Err(busy());
        }
        Ok(self.projects.entry(id).or_default())
    }

    /// These, which the one who asks watches, are to be read by a look that is yet to begin. Answers what tells when that was
    /// done.
    pub fn ask(&mut self, ids: Vec<ProjectId>) -> oneshot::Receiver<()> {
        let (answer, answered) = oneshot::channel();
        self.asks.push_back(Ask { ids, answer });
        answered
    }

    /// Whether the feed has to be started, which is then taken for running.
    pub fn start(&mut self) -> bool {
        !std::mem::replace(&mut self.is_running, true)
    }

    /// Those whom a look that failed did not answer are first in the next one.
    pub fn ask_again(&mut self, turn: Turn) {
        if !self.is_closed {
            for (_, ask) in turn.asks.into_iter().rev() {
                self.asks.push_front(ask);
            }
        }
    }

    /// A look was finished.
    pub fn looked(&mut self) {
        self.looked_at = Some(Instant::now());
    }

    /// Whether what is told is what there is.
    pub fn is_current(&self) -> bool {
        self.looked_at.is_some_and(|at| at.elapsed() < CURRENT)
    }

    /// Begins a look. Where it is not wanted for something else there is none without anybody who watches, and the feed ends.
    pub fn begin(&mut self, is_wanted: bool) -> Option<Turn> {
        if self.tended_at.is_none_or(|at| at.elapsed() >= TENDED) {
            self.tend();
        }
        let is_watched = !(self.projects.is_empty() && self.accounts.is_empty());
        if self.is_closed || !(is_watched || is_wanted) {
            self.stopped();
            return None;
        }
        let mut turn = Turn::default();
        while turn.asked.len() < MOST_A_LOOK
            && let Some(ask) = self.asks.pop_front()
        {
            // Who does not wait any more needs nothing.
            if !ask.answer.is_closed() {
                turn.take(ask);
            }
        }
        Some(turn)
    }

    /// Forgets those who left, and what nobody watches.
    fn tend(&mut self) {
        self.tended_at = Some(Instant::now());
        self.projects.retain(|_, watch| !watch.is_left());
        self.stale.retain(|id| self.projects.contains_key(id));
        self.accounts.retain(|_, mailboxes| {
            mailboxes.retain(|mailbox| mailbox.strong_count() > 0);
            !mailboxes.is_empty()
        });
    }

    /// The feed ended; the next one who comes starts another, and those who wait are told at once that nobody answers.
    pub fn stopped(&mut self) {
        self.is_running = false;
        self.tended_at = None;
        self.asks.clear();
    }

    /// Marks what changed, and tells accounts of what they did themselves.
    pub fn changed(&mut self, look: &Look) {
        if look.all {
            self.stale.extend(self.projects.keys());
        }
        let watched = |id: &&ProjectId| self.projects.contains_key(*id);
        self.stale.extend(look.projects.iter().filter(watched));
        let told: Vec<_> = if look.all {
            self.accounts.values().flatten().collect()
        } else {
            let of = |account| self.accounts.get(account);
            look.accounts.iter().filter_map(of).flatten().collect()
        };
        for mailbox in told.into_iter().filter_map(Weak::upgrade) {
            mailbox.put(|inside| inside.own = true);
        }
    }

    /// What is to be read now: first what was asked for, then what changed and was not read just before.
    pub fn due(&self, turn: &Turn) -> Vec<ProjectId> {
        let is_due = |id: &&ProjectId| {
            let read_at = self.projects.get(*id).and_then(|watch| watch.read_at);
            !turn.known.contains(*id) && read_at.is_none_or(|read| read.elapsed() >= PACE)
        };
        let stale = self.stale.iter().filter(is_due);
        // However many come, whoever is there already hears something.
        let most = turn.asked.len() + MOST_A_LOOK / 2;
        let due = turn.asked.iter().chain(stale).take(most);
        due.copied().collect()
    }

    /// Tells everybody of what was read; what is not among the figures is not published.
    pub fn publish(&mut self, read: &[ProjectId], figures: Vec<Figures>) {
        let mut figures: HashMap<_, _> = figures
            .into_iter()
            .map(|figures| (figures.project, figures))
            .collect();
        for id in read {
            self.stale.remove(id);
            let Some(watch) = self.projects.get_mut(id) else {
                continue;
            };
            watch.read_at = Some(Instant::now());
            let Some(figures) = figures.remove(id) else {
                continue;
            };
            let known = watch.news.borrow().as_ref().map(|news| news.figures);
            if known == Some(figures) {
                continue;
            }
            watch.news.send_replace(Some(Arc::new(News::new(figures))));
            for mailbox in watch.mailboxes.values().filter_map(Weak::upgrade) {
                mailbox.put(|inside| {
                    inside.projects.insert(*id);
                });
            }
        }
    }

    /// How those of these projects stood that are published, when they were read last.
    pub fn figures(&self, ids: &[ProjectId]) -> Vec<Figures> {
        ids.iter()
            .filter_map(|id| {
                let news = self.projects.get(id)?.news.borrow();
                news.as_ref().map(|news| news.figures)
            })
            .collect()
    }

    /// The mailbox hears no more of these.
    pub fn leave(&mut self, ids: &[ProjectId], mailbox: &Arc<Mailbox>) {
        for id in ids {
            if let Some(watch) = self.projects.get_mut(id) {
                watch.mailboxes.remove(&place(mailbox));
            }
        }
    }
}

fn place(mailbox: &Arc<Mailbox>) -> usize {
    Arc::as_ptr(mailbox).addr()
}
