//! The state of an open page, as signals.

#[cfg(feature = "hydrate")]
use super::source::Source;
#[cfg(feature = "hydrate")]
use guildhall::live::objects;
use guildhall::{live::Lot, project::ProjectId};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, PoisonError};

/// A kind of state that an open page follows.
pub trait LiveState: Clone + PartialEq + DeserializeOwned + Send + Sync + 'static {
    type Id: Copy + PartialEq + Send + Sync + 'static;

    fn id(&self) -> Self::Id;

    /// Applies an update.
    fn update(&mut self, update: Self);

    /// True if nothing can change any more.
    fn is_final(&self) -> bool;
}

impl LiveState for Lot {
    type Id = ProjectId;

    fn id(&self) -> ProjectId {
        self.id
    }

    fn update(&mut self, update: Self) {
        self.update(update);
    }

    fn is_final(&self) -> bool {
        self.is_final()
    }
}

/// Whether a page is current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not known yet, or there is no JavaScript, or no update can follow.
    Unknown,
    Live,
    /// Not current at the moment.
    Lost,
    /// This visitor may not see the page any more, or it no longer exists.
    Over,
}

/// A state that the page shows: as rendered, and as it is now.
pub struct Item<T> {
    /// As the server rendered it.
    pub shown: T,
    pub now: RwSignal<T>,
}

/// The state of an open page: a signal for each project or other item, kept current by the event stream or by polling.
/// The page's islands get it as context. On the server it holds the states that the page is rendered from.
pub struct Live<T: LiveState> {
    items: Arc<[Item<T>]>,
    /// States that the page has received but does not show.
    others: Arc<Mutex<Vec<T>>>,
    /// Set whenever `others` changes, so that its readers run again.
    others_changed: RwSignal<bool>,
    pub connection: RwSignal<ConnectionState>,
    /// The viewer's next steps as HTML from the server; empty before the award, and for everybody but its two parties.
    pub next_steps: RwSignal<String>,
}

impl<T: LiveState> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
            others: self.others.clone(),
            ..*self
        }
    }
}

impl<T: LiveState> Live<T> {
    pub fn new(shown: &[T]) -> Self {
        let items = shown.iter().map(|state| Item {
            shown: state.clone(),
            now: RwSignal::new(state.clone()),
        });
        Self {
            items: items.collect(),
            others: Arc::default(),
            others_changed: RwSignal::new(false),
            connection: RwSignal::new(ConnectionState::Unknown),
            next_steps: RwSignal::new(String::new()),
        }
    }

    /// The state with this id.
    ///
    /// # Panics
    /// If the page does not show it, which is a bug in the page.
    pub fn of(&self, id: T::Id) -> RwSignal<T> {
        self.find(id).expect("the page shows it")
    }

    fn find(&self, id: T::Id) -> Option<RwSignal<T>> {
        let item = self.items.iter().find(|item| item.shown.id() == id);
        item.map(|item| item.now)
    }

    /// All states that the page shows.
    pub fn items(&self) -> &[Item<T>] {
        &self.items
    }

    /// The number of states that the page has received but does not show, and for which `is_of_kind` is true.
    pub fn count_others(&self, is_of_kind: impl Fn(&T) -> bool) -> usize {
        self.others_changed.track();
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.iter().filter(|other| is_of_kind(other)).count()
    }

    /// Keeps every state current from now on, with the updates at `path`. If the page is about one project, this ends
    /// once that project can't change any more.
    #[cfg(feature = "hydrate")]
    pub fn follow(&self, path: String, is_about_one: bool) {
        let (live, connection) = (self.clone(), self.connection);
        Source::follow(
            path,
            "project",
            move |text| {
                let mut is_over = false;
                for object in objects(text) {
                    if let Ok(update) = leptos::serde_json::from_str::<T>(object) {
                        is_over |= is_about_one && update.is_final();
                        live.apply(update);
                    }
                }
                if is_over {
                    // The connection has ended because no update can follow, so the page is still current.
                    connection.set(ConnectionState::Unknown);
                }
                !is_over
            },
            move |now| connection.set(now),
        );
    }

    #[cfg(feature = "hydrate")]
    fn apply(&self, update: T) {
        if let Some(state) = self.find(update.id()) {
            let before = state.get_untracked();
            let mut now = before.clone();
            now.update(update);
            // Most states that are sent again have not changed.
            if now != before {
                state.set(now);
            }
            return;
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.retain(|other| other.id() != update.id());
        others.push(update);
        drop(others);
        self.others_changed.set(true);
    }
}
