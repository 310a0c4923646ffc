//! The stream of one viewer's dashboard.
//!
//! A dashboard keeps a hash of each row, and sends a row only when it has changed. At most four dashboards are read at
//! a time, so that requests still get connections when all are due at once.

use super::{
    LiveStreams, StreamPlace, TIMEOUT,
    account_stream::{AccountStream, StreamTurn},
    busy,
    frame::{HEART_BEAT, digest, event, identity},
    watched_topics::MailContents,
};
use axum::body::Bytes;
use futures_util::{Stream, stream};
use guildhall::{
    Error, Result,
    account::Viewer,
    live::{self, DashboardProject, Figures, Lot, Topic},
    project::ProjectId,
};
use std::{collections::HashMap, convert::Infallible};
use tokio::time::timeout;

/// One viewer's dashboard.
pub(crate) struct Dashboard {
    stream: AccountStream,
    viewer: Viewer,
    own: HashMap<ProjectId, DashboardProject>,
    /// The hash of each row as it was last sent. Rows are not kept: there are many dashboards, and most are idle.
    rows: HashMap<ProjectId, u64>,
    /// The sum of all rows' hashes. It identifies the state, and is the same in every process.
    digest: u64,
    /// Every row as first read, as JSON, until it is sent.
    opening: Option<Vec<String>>,
}

impl Dashboard {
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn open(
        live: &LiveStreams,
        viewer: &Viewer,
        place: Option<StreamPlace>,
    ) -> Result<Self> {
        let mut dashboard = Self {
            // Subscribe before reading, so that nothing the account does from now on is missed.
            stream: AccountStream::open(live, viewer.account, place)?,
            viewer: viewer.clone(),
            own: HashMap::new(),
            rows: HashMap::new(),
            digest: 0,
            opening: None,
        };
        let read = timeout(TIMEOUT, dashboard.read_own()).await;
        dashboard.opening = Some(read.map_err(|_| busy())??);
        Ok(dashboard)
    }

    /// Identifies the state.
    pub fn id(&self) -> String {
        identity(self.digest)
    }

    /// Every row as first read.
    pub fn json(&self) -> String {
        let rows = self.opening.as_deref().unwrap_or_default();
        format!(r#"{{"projects":[{}]}}"#, rows.join(","))
    }

    /// The events to send to a viewer. `last` is the id of the state that the viewer already has, if any.
    pub fn stream(
        mut self,
        last: Option<&str>,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
        if last == Some(self.id().as_str()) {
            self.opening = Some(Vec::new());
        }
        stream::unfold(self, |mut dashboard| async move {
            let bytes = dashboard.next().await?;
            dashboard.stream.sent();
            Some((Ok(bytes), dashboard))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(rows) = self.opening.take() {
            return Some((self.stream.live.opening() + &self.events(&rows)).into());
        }
        loop {
            let inside = match self.stream.due().await {
                StreamTurn::End => return None,
                StreamTurn::Send(bytes) => return Some(bytes),
                StreamTurn::Changes(inside) => inside,
            };
            // If reading fails, the stream ends. The next stream begins with all rows.
            let changed = self.take(inside).await.ok()?;
            if !changed.is_empty() {
                return Some(self.events(&changed).into());
            }
            if let Some(beat) = self.stream.overdue_beat() {
                return Some(beat);
            }
        }
    }

    /// Processes what the mailbox held; returns the rows that changed.
    async fn take(&mut self, inside: MailContents) -> Result<Vec<String>> {
        // After an event for the account, other projects may belong on its dashboard.
        let own = Topic::Account(self.viewer.account);
        let mut changed = if inside.topics.contains(&own) {
            self.read_own().await?
        } else {
            Vec::new()
        };
        let projects = inside.topics.into_iter().filter_map(Topic::project);
        changed.extend(self.update(projects.collect()));
        Ok(changed)
    }

    /// Reads which projects are the viewer's, and the states of those that are new or where the viewer's bid has
    /// changed.
    async fn read_own(&mut self) -> Result<Vec<String>> {
        let own = {
            let readers = &self.stream.live.0.readers;
            let _reader = readers.acquire().await.map_err(Error::unexpected)?;
            live::own(&mut *self.stream.live.0.pool.acquire().await?, &self.viewer).await?
        };
        let own: HashMap<ProjectId, DashboardProject> =
            own.into_iter().map(|own| (own.project, own)).collect();
        let removed: Vec<_> = self.own.keys().filter(|id| !own.contains_key(id)).collect();
        for id in removed {
            if let Some(row) = self.rows.remove(id) {
                self.digest = self.digest.wrapping_sub(row);
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
        self.stream
            .live
            .projects(&new, &other, &self.stream.mailbox)
            .await?;
        new.extend(other);
        Ok(self.update(new))
    }

    /// Renders these rows again; returns those that changed. Unsubscribes from projects that are final.
    fn update(&mut self, mut ids: Vec<ProjectId>) -> Vec<String> {
        ids.sort_unstable();
        // Rendering happens after the shared lock is released.
        let current = self.stream.live.0.lock().figures(&ids);
        let (mut changed, mut ended) = (Vec::new(), Vec::new());
        for figures in current {
            let id = figures.project;
            let Some(own) = self.own.get(&id) else {
                continue;
            };
            if figures.is_final() {
                ended.push(Topic::Project(id));
            }
            let json = row(own, &figures);
            let now = digest(&json);
            let before = self.rows.insert(id, now);
            if before != Some(now) {
                self.digest = self.digest.wrapping_add(now);
                self.digest = self.digest.wrapping_sub(before.unwrap_or_default());
                changed.push(json);
            }
        }
        if !ended.is_empty() {
            self.stream
                .live
                .0
                .lock()
                .leave(&ended, &self.stream.mailbox);
        }
        changed
    }

    /// The rows as events. Only the last one has the state's id, so a viewer who received only some of the rows is sent
    /// all of them again.
    fn events(&self, rows: &[String]) -> String {
        let Some((last, before)) = rows.split_last() else {
            return HEART_BEAT.to_owned();
        };
        let before: String = before.iter().map(|row| event(None, row)).collect();
        before + &event(Some(&self.id()), last)
    }
}

/// A project's figures and the standing of the viewer's own bid, as JSON.
fn row(own: &DashboardProject, figures: &Figures) -> String {
    let lot = Lot {
        own_minor: own.bid.map(|bid| bid.minor),
        standing: own.bid.map(|bid| bid.standing(figures)),
        ..Lot::public(figures)
    };
    lot.to_json()
}
