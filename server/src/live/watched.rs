//! What somebody in this process watches, and who is to be told.

use super::{PACE, busy, frame::News};
use guildhall::{
    Result,
    account::AccountId,
    live::{Figures, Look},
    project::ProjectId,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Everything that is watched.
#[derive(Default)]
pub(super) struct Watched {
    projects: HashMap<ProjectId, Watch>,
    accounts: HashMap<AccountId, Vec<Weak<Mailbox>>>,
    /// The number of the last look that was begun.
    looks: u64,
    /// Whether the feed runs.
    is_running: bool,
    is_closed: bool,
}

/// A project that is watched.
#[derive(Default)]
struct Watch {
    /// A slow reader finds the last state there, and none of those in between. Nothing: not read yet, or not published.
    news: watch::Sender<Option<Arc<News>>>,
    mailboxes: Vec<Weak<Mailbox>>,
    /// Somebody came since the last look began.
    is_asked: bool,
    /// It changed since it was read.
    is_stale: bool,
    read_at: Option<Instant>,
}

impl Watch {
    fn is_left(&self) -> bool {
        self.news.receiver_count() == 0
            && self.mailboxes.iter().all(|of| of.strong_count() == 0)
            && !self.is_asked
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

/// A look that begins: its number, and what is asked for.
pub(super) struct Turn {
    pub number: u64,
    pub asked: Vec<ProjectId>,
    pub with_accounts: bool,
}

impl Watched {
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Drops all that streams wait for, which ends them.
    pub fn close(&mut self) {
        self.is_closed = true;
        let mailboxes = self.projects.values().flat_map(|watch| &watch.mailboxes);
        for mailbox in mailboxes.chain(self.accounts.values().flatten()) {
            if let Some(mailbox) = mailbox.upgrade() {
                mailbox.put(|inside| inside.is_closed = true);
            }
        }
        self.projects.clear();
        self.accounts.clear();
    }

    pub fn watch(&mut self, id: ProjectId) -> Result<watch::Receiver<Option<Arc<News>>>> {
        Ok(self.at(id)?.news.subscribe())
    }

    pub fn subscribe(&mut self, id: ProjectId, mailbox: Weak<Mailbox>) -> Result<()> {
        self.at(id)?.mailboxes.push(mailbox);
        Ok(())
    }

    pub fn follow(&mut self, account: AccountId, mailbox: Weak<Mailbox>) -> Result<()> {
        if self.is_closed {
            return Err(busy());
        }
        self.accounts.entry(account).or_default().push(mailbox);
        Ok(())
    }

    fn at(&mut self, id: ProjectId) -> Result<&mut Watch> {
        if self.is_closed {
            return Err(busy());
        }
        Ok(self.projects.entry(id).or_default())
    }

    /// These are to be read by a look that is yet to begin. Answers its number, and whether the feed has to be started.
    pub fn ask(&mut self, ids: &[ProjectId]) -> (u64, bool) {
        for id in ids {
            self.projects.entry(*id).or_default().is_asked = true;
        }
        (
            self.looks + 1,
            !std::mem::replace(&mut self.is_running, true),
        )
    }

    /// What a look that failed was asked for is asked of the next one.
    pub fn ask_again(&mut self, ids: &[ProjectId]) {
        for id in ids {
            if let Some(watch) = self.projects.get_mut(id) {
                watch.is_asked = true;
            }
        }
    }

    /// Begins a look. Without anybody who watches there is none, and the feed ends.
    pub fn begin(&mut self) -> Option<Turn> {
        self.projects.retain(|_, watch| !watch.is_left());
        self.accounts.retain(|_, mailboxes| {
            mailboxes.retain(|mailbox| mailbox.strong_count() > 0);
            !mailboxes.is_empty()
        });
        if self.is_closed || (self.projects.is_empty() && self.accounts.is_empty()) {
            self.is_running = false;
            return None;
        }
        self.looks += 1;
        let mut asked = Vec::new();
        for (id, watch) in &mut self.projects {
            watch.mailboxes.retain(|of| of.strong_count() > 0);
            if std::mem::take(&mut watch.is_asked) {
                asked.push(*id);
            }
        }
        Some(Turn {
            number: self.looks,
            asked,
            with_accounts: !self.accounts.is_empty(),
        })
    }

    /// The feed ended without being told to; the next one who comes starts another.
    pub fn stopped(&mut self) {
        self.is_running = false;
    }

    /// Marks what changed, and tells accounts of what they did themselves.
    pub fn changed(&mut self, look: &Look) {
        if look.all {
            self.projects
                .values_mut()
                .for_each(|watch| watch.is_stale = true);
        }
        for id in &look.projects {
            if let Some(watch) = self.projects.get_mut(id) {
                watch.is_stale = true;
            }
        }
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

    /// What is to be read now: what was asked for, and what changed and was not read just before.
    pub fn due(&self, asked: &[ProjectId]) -> Vec<ProjectId> {
        let is_due = |watch: &Watch| {
            watch.is_stale && watch.read_at.is_none_or(|read| read.elapsed() >= PACE)
        };
        let stale = self.projects.iter().filter(|(_, watch)| is_due(watch));
        let mut due: HashSet<ProjectId> = stale.map(|(id, _)| *id).collect();
        due.extend(asked);
        due.into_iter().collect()
    }

    /// Tells everybody of what was read; what is not among the figures is not published.
    pub fn publish(&mut self, read: &[ProjectId], figures: Vec<Figures>) {
        let mut figures: HashMap<_, _> = figures
            .into_iter()
            .map(|figures| (figures.project, figures))
            .collect();
        for id in read {
            let Some(watch) = self.projects.get_mut(id) else {
                continue;
            };
            watch.is_stale = false;
            watch.read_at = Some(Instant::now());
            let Some(figures) = figures.remove(id) else {
                continue;
            };
            let known = watch.news.borrow().as_ref().map(|news| news.figures);
            if known == Some(figures) {
                continue;
            }
            watch.news.send_replace(Some(Arc::new(News::new(figures))));
            for mailbox in watch.mailboxes.iter().filter_map(Weak::upgrade) {
                mailbox.put(|inside| {
                    inside.projects.insert(*id);
                });
            }
        }
    }

    /// How the project stood when it was read last.
    pub fn figures(&self, id: ProjectId) -> Option<Figures> {
        let news = self.projects.get(&id)?.news.borrow();
        news.as_ref().map(|news| news.figures)
    }

    /// The mailbox hears no more of these.
    pub fn leave(&mut self, ids: &[ProjectId], mailbox: &Arc<Mailbox>) {
        for id in ids {
            if let Some(watch) = self.projects.get_mut(id) {
                watch
                    .mailboxes
                    .retain(|of| !std::ptr::eq(of.as_ptr(), Arc::as_ptr(mailbox)));
            }
        }
    }
}
