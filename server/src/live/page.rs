//! The stream of one project's page.
//!
//! It begins with an event, even if the page has the present state, so that the page knows the stream gets through.
//! Each event is all of the project's state: what was missed needs no replay. A project that can change no more ends
//! its stream with `event: end`.

use super::{
    BEAT, Live, News, PACE, Place,
    frame::{END, HEART_BEAT, retry},
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
pub(crate) struct Page {
    live: Live,
    news: watch::Receiver<Option<Arc<News>>>,
    /// What the viewer has.
    seen: Arc<News>,
    told_at: Instant,
    has_begun: bool,
    has_ended: bool,
    _place: Place,
}

impl Page {
    /// # Errors
    /// `NotFound` for drafts too, `Busy`.
    pub async fn open(live: &Live, id: ProjectId, place: Place) -> Result<Self> {
        let news = live.project(id).await?;
        let seen = news.borrow().clone().ok_or(guildhall::Error::NotFound)?;
        Ok(Self {
            live: live.clone(),
            news,
            seen,
            told_at: Instant::now(),
            has_begun: false,
            has_ended: false,
            _place: place,
        })
    }

    /// How the project stands.
    pub fn now(&self) -> &News {
        &self.seen
    }

    /// Everything that is sent to a viewer who has the state of this id, or none.
    pub fn stream(
        self,
        last: Option<&str>,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
        let is_known = last == Some(self.seen.id.as_str());
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
            // Who knows the state hears something too: only then does it know that the stream gets through.
            let state = if is_known {
                HEART_BEAT.as_bytes()
            } else {
                &self.seen.frame[..]
            };
            return Some(self.told([retry().as_bytes(), state].concat().into()));
        }
        loop {
            match timeout_at(self.told_at + BEAT, self.news.changed()).await {
                Err(_) => {
                    self.told_at = Instant::now();
                    return Some(self.live.beat().into());
                }
                // The server stops.
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {}
            }
            sleep_until(self.told_at + PACE).await;
            let news = self.news.borrow_and_update().clone()?;
            if news.id != self.seen.id {
                self.seen = news;
                return Some(self.told(self.seen.frame.clone()));
            }
        }
    }

    fn told(&mut self, bytes: Bytes) -> Bytes {
        self.told_at = Instant::now();
        self.has_ended = self.seen.figures.is_final();
        if self.has_ended {
            [&bytes[..], END.as_bytes()].concat().into()
        } else {
            bytes
        }
    }
}
