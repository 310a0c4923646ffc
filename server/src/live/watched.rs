//! What somebody in this process watches, and who is to be told.

use super::{PACE, busy, frame::News};
use guildhall::{
    Result,
    live::{Figures, Look, Topic},
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

/// How many topics a process watches at most, at about half a kilobyte each.
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
    topics: HashMap<Topic, Watch>,
    /// Which of them changed since they were read.
    stale: HashSet<Topic>,
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
    topics: Vec<Topic>,
    answer: oneshot::Sender<()>,
}

/// A topic that is watched.
#[derive(Default)]
struct Watch {
    /// A slow reader finds the last state there, and none of those in between. Nothing: not read yet, not published, or a topic
    /// without a state.
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

    fn put(&self, change: impl Fn(&mut Inside)) {
        for mailbox in self.mailboxes.values().filter_map(Weak::upgrade) {
            mailbox.put(&change);
        }
    }
}

/// Where a dashboard finds what changed, each topic once however often it did.
#[derive(Default)]
pub(super) struct Mailbox {
    inside: Mutex<Inside>,
    filled: Notify,
}

#[derive(Default)]
pub(super) struct Inside {
    pub topics: HashSet<Topic>,
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
    /// What they ask for, each topic once.
    asked: Vec<Topic>,
    known: HashSet<Topic>,
    /// Each with how many of `asked` have to be read for it.
    asks: VecDeque<(usize, Ask)>,
}

impl Turn {
    fn take(&mut self, ask: Ask) {
        let new = (ask.topics.iter()).filter(|topic| self.known.insert(**topic));
        self.asked.extend(new);
        self.asks.push_back((self.asked.len(), ask));
    }

    /// Answers those for whom so many of the topics were all.
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
        for watch in self.topics.values() {
            watch.put(|inside| inside.is_closed = true);
        }
        self.topics.clear();
        self.asks.clear();
    }

    /// # Errors
    /// `Busy` when too much is watched, or the server stops; so too for `subscribe`.
    pub fn watch(&mut self, topic: Topic) -> Result<watch::Receiver<Option<Arc<News>>>> {
        Ok(self.at(topic)?.news.subscribe())
    }

    pub fn subscribe(&mut self, topic: Topic, mailbox: &Arc<Mailbox>) -> Result<()> {
        let mailboxes = &mut self.at(topic)?.mailboxes;
        mailboxes.insert(place(mailbox), Arc::downgrade(mailbox));
        Ok(())
    }

    fn at(&mut self, topic: Topic) -> Result<&mut Watch> {
        let is_full = self.topics.len() >= MOST_WATCHED && !self.topics.contains_key(&topic);
        if self.is_closed || is_full {
            return Err(busy());
        }
        Ok(self.topics.entry(topic).or_default())
    }

    /// These, which the one who asks watches, are to be read by a look that is yet to begin. Answers what tells when that was
    /// done.
    pub fn ask(&mut self, topics: Vec<Topic>) -> oneshot::Receiver<()> {
        let (answer, answered) = oneshot::channel();
        self.asks.push_back(Ask { topics, answer });
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
        let is_watched = !self.topics.is_empty();
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
        self.topics.retain(|_, watch| !watch.is_left());
        self.stale.retain(|topic| self.topics.contains_key(topic));
    }

    /// The feed ended; the next one who comes starts another, and those who wait are told at once that nobody answers.
    pub fn stopped(&mut self) {
        self.is_running = false;
        self.tended_at = None;
        self.asks.clear();
    }

    /// Marks the topics that have to be read again, and notifies those who watch one that has no state.
    pub fn changed(&mut self, look: &Look) {
        let changed: Vec<Topic> = if look.all {
            self.topics.keys().copied().collect()
        } else {
            look.topics.clone()
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

    /// What is to be read now: first what was asked for, then what changed and was not read just before.
    pub fn due(&self, turn: &Turn) -> Vec<Topic> {
        let is_due = |topic: &&Topic| {
            let read_at = self.topics.get(*topic).and_then(|watch| watch.read_at);
            !turn.known.contains(*topic) && read_at.is_none_or(|read| read.elapsed() >= PACE)
        };
        let stale = self.stale.iter().filter(is_due);
        // However many come, whoever is there already hears something.
        let most = turn.asked.len() + MOST_A_LOOK / 2;
        let due = turn.asked.iter().chain(stale).take(most);
        due.copied().collect()
    }

    /// Tells everybody of what was read; what is not among the figures is not published.
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
            let known = watch.news.borrow().as_ref().map(|news| news.figures);
            if known == Some(figures) {
                continue;
            }
            watch.news.send_replace(Some(Arc::new(News::new(figures))));
            watch.put(|inside| {
                inside.topics.insert(*topic);
            });
        }
    }

    /// How those of these projects stood that are published, when they were read last.
    pub fn figures(&self, ids: &[ProjectId]) -> Vec<Figures> {
        ids.iter()
            .filter_map(|id| {
                let news = self.topics.get(&Topic::Project(*id))?.news.borrow();
                news.as_ref().map(|news| news.figures)
            })
            .collect()
    }

    /// The mailbox hears no more of these.
    pub fn leave(&mut self, topics: &[Topic], mailbox: &Arc<Mailbox>) {
        for topic in topics {
            if let Some(watch) = self.topics.get_mut(topic) {
                watch.mailboxes.remove(&place(mailbox));
            }
        }
    }
}

fn place(mailbox: &Arc<Mailbox>) -> usize {
    Arc::as_ptr(mailbox).addr()
}
