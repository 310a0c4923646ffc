//! One viewer's own projects.

use super::{
    BEAT, Live, PACE, Place,
    frame::{HEART_BEAT, about, digest, event, identity, retry},
    watched::{Inside, Mailbox},
};
use axum::body::Bytes;
use futures_util::{Stream, stream};
use guildhall::{
    Result,
    account::Viewer,
    live::{self, Figures, Own},
    project::ProjectId,
};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout_at};

/// How long a stream lasts at least. Then the viewer asks again, and has to be signed in still.
const LASTS: Duration = Duration::from_secs(120);

/// One viewer's dashboard.
pub(crate) struct Dashboard {
    live: Live,
    viewer: Viewer,
    mailbox: Arc<Mailbox>,
    own: HashMap<ProjectId, Own>,
    /// As JSON.
    rows: BTreeMap<ProjectId, String>,
    /// Of all rows, added up: says which state this is, the same in every process.
    digest: u64,
    told_at: Instant,
    ends_at: Instant,
    has_begun: bool,
    _place: Place,
}

impl Dashboard {
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn open(live: &Live, viewer: &Viewer, place: Place) -> Result<Self> {
        let now = Instant::now();
        let mut dashboard = Self {
            live: live.clone(),
            viewer: viewer.clone(),
            mailbox: Arc::default(),
            own: HashMap::new(),
            rows: BTreeMap::new(),
            digest: 0,
            told_at: now,
            ends_at: now + about(LASTS),
            has_begun: false,
            _place: place,
        };
        // Followed first: what the account does from now on is heard of.
        live.follow(viewer.account, Arc::downgrade(&dashboard.mailbox))?;
        dashboard.read_own().await?;
        Ok(dashboard)
    }

    /// Which state this is.
    pub fn id(&self) -> String {
        identity(self.digest)
    }

    /// Every row.
    pub fn json(&self) -> String {
        let rows: Vec<&str> = self.rows.values().map(String::as_str).collect();
        format!(r#"{{"projects":[{}]}}"#, rows.join(","))
    }

    /// Everything that is sent to a viewer who has the state of this id, or none.
    pub fn stream(
        self,
        last: Option<&str>,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
        let is_known = last == Some(self.id().as_str());
        stream::unfold(self, move |mut dashboard| async move {
            let bytes = dashboard.next(is_known).await?;
            dashboard.told_at = Instant::now();
            Some((Ok(bytes), dashboard))
        })
    }

    async fn next(&mut self, is_known: bool) -> Option<Bytes> {
        if !self.has_begun {
            self.has_begun = true;
            let all: Vec<ProjectId> = self.rows.keys().copied().collect();
            let known = if is_known { &[] } else { &all[..] };
            return Some((retry() + &self.events(known)).into());
        }
        loop {
            let beat = (Instant::now() + BEAT).min(self.ends_at);
            if timeout_at(beat, self.mailbox.filled()).await.is_err() {
                return (beat < self.ends_at).then_some(HEART_BEAT);
            }
            sleep_until(self.told_at + PACE).await;
            let inside = self.mailbox.empty();
            if inside.is_closed || self.ends_at <= Instant::now() {
                return None;
            }
            // What can't be read is left to the next stream, which begins with all of it.
            let changed = self.take(inside).await.ok()?;
            if !changed.is_empty() {
                return Some(self.events(&changed).into());
            }
        }
    }

    /// Takes up what the mailbox held; answers which rows are others now.
    async fn take(&mut self, inside: Inside) -> Result<Vec<ProjectId>> {
        let mut changed = if inside.own {
            self.read_own().await?
        } else {
            Vec::new()
        };
        changed.extend(self.update(inside.projects));
        Ok(changed)
    }

    /// Reads which projects are the viewer's, and how those stand that are new or that it bid on again.
    async fn read_own(&mut self) -> Result<Vec<ProjectId>> {
        let own = live::own(&mut *self.live.0.pool.acquire().await?, &self.viewer).await?;
        let own: HashMap<ProjectId, Own> = own.into_iter().map(|own| (own.project, own)).collect();
        let gone: Vec<_> = self.own.keys().filter(|id| !own.contains_key(id)).collect();
        for id in gone {
            if let Some(row) = self.rows.remove(id) {
                self.digest = self.digest.wrapping_sub(digest(&row));
            }
        }
        let (mut new, mut other) = (Vec::new(), Vec::new());
        for (id, now) in &own {
            match self.own.get(id) {
                None => new.push(*id),
                Some(before) if before != now => other.push(*id),
                Some(_) => {}
            }
        }
        self.own = own;
        self.live.projects(&new, &other, &self.mailbox).await?;
        Ok(self.update(new.into_iter().chain(other)))
    }

    /// Lays out these rows anew; answers which are others than before. What is final is listened to no longer.
    fn update(&mut self, ids: impl IntoIterator<Item = ProjectId>) -> Vec<ProjectId> {
        let live = self.live.clone();
        let mut watched = live.0.lock();
        let (mut changed, mut ended) = (Vec::new(), Vec::new());
        for id in ids {
            let Some((own, figures)) = self.own.get(&id).zip(watched.figures(id)) else {
                continue;
            };
            let json = row(own, &figures);
            if figures.is_final() {
                ended.push(id);
            }
            self.digest = self.digest.wrapping_add(digest(&json));
            let before = self.rows.insert(id, json.clone());
            if let Some(before) = &before {
                self.digest = self.digest.wrapping_sub(digest(before));
            }
            if before.is_none_or(|before| before != json) {
                changed.push(id);
            }
        }
        watched.leave(&ended, &self.mailbox);
        changed
    }

    /// The rows as events. Only the last says which state it makes: who got but some of them has to be told all again.
    fn events(&self, ids: &[ProjectId]) -> String {
        let mut events = String::new();
        let rows: Vec<&String> = ids.iter().filter_map(|id| self.rows.get(id)).collect();
        if let Some((last, before)) = rows.split_last() {
            for row in before {
                events += &event(None, row);
            }
            events += &event(Some(&self.id()), last);
        }
        events
    }
}

/// The figures of a project, and how the viewer's own bid on it stands.
fn row(own: &Own, figures: &Figures) -> String {
    let json = figures.to_json();
    let Some(bid) = own.bid else { return json };
    let standing = bid.standing(figures).name();
    let public = json.trim_end_matches('}');
    format!(
        r#"{public},"own_minor":{},"standing":"{standing}"}}"#,
        bid.minor
    )
}
