//! The stream of one project's page.
//!
//! It begins with an event, even if the page has the current state, so that the page knows the stream gets through.
//! Each event contains the whole state of the project, so missed events need no replay. Once the project can't change
//! any more, the stream ends with `event: end`.

use super::{
    BEAT, LiveStreams, PACE, ProjectUpdate, StreamPlace,
    frame::{END, HEART_BEAT},
};
use axum::body::Bytes;
use futures_util::{Stream, stream};
use guildhall::{Result, project::ProjectId};
use std::{convert::Infallible, sync::Arc};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

/// One viewer of one project.
pub(crate) struct ProjectStream {
    live: LiveStreams,
    updates: watch::Receiver<Option<Arc<ProjectUpdate>>>,
    /// The state the viewer has, or is about to be sent.
    latest: Arc<ProjectUpdate>,
    sent_at: Instant,
    has_begun: bool,
    has_ended: bool,
    _place: StreamPlace,
}

impl ProjectStream {
    /// # Errors
    /// `NotFound`, also for drafts; `Busy`.
    pub async fn open(live: &LiveStreams, id: ProjectId, place: StreamPlace) -> Result<Self> {
        let updates = live.project(id).await?;
        let latest = updates.borrow().clone().ok_or(guildhall::Error::NotFound)?;
        Ok(Self {
            live: live.clone(),
            updates,
            latest,
            sent_at: Instant::now(),
            has_begun: false,
            has_ended: false,
            _place: place,
        })
    }

    /// The project's current state.
    pub fn latest(&self) -> &ProjectUpdate {
        &self.latest
    }

    /// The events to send to a viewer. `last` is the id of the state that the viewer already has, if any.
    pub fn stream(
        self,
        last: Option<&str>,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
        let is_known = last == Some(self.latest.id.as_str());
        stream::unfold(self, move |mut page| async move {
            let bytes = page.next(is_known).await?;
            Some((Ok(bytes), page))
        })
    }

    async fn next(&mut self, is_known: bool) -> Option<Bytes> {
        if self.has_ended {
            return None;
        }
        if !self.has_begun {
            self.has_begun = true;
            // A page that has the state is sent something too. Only then does it know that the stream gets through.
            let state = if is_known {
                HEART_BEAT.as_bytes()
            } else {
                &self.latest.frame[..]
            };
            return Some(self.record_sent([self.live.opening().as_bytes(), state].concat().into()));
        }
        loop {
            match timeout_at(self.sent_at + BEAT, self.updates.changed()).await {
                Err(_) => {
                    self.sent_at = Instant::now();
                    return Some(self.live.beat().into());
                }
                // The server is stopping.
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {}
            }
            sleep_until(self.sent_at + PACE).await;
            let update = self.updates.borrow_and_update().clone()?;
            if update.id != self.latest.id {
                self.latest = update;
                return Some(self.record_sent(self.latest.frame.clone()));
            }
        }
    }

    /// Records that the latest state is sent, and appends the end of the stream if that state is final.
    fn record_sent(&mut self, bytes: Bytes) -> Bytes {
        self.sent_at = Instant::now();
        self.has_ended = self.latest.figures.is_final();
        if self.has_ended {
            [&bytes[..], END.as_bytes()].concat().into()
        } else {
            bytes
        }
    }
}
