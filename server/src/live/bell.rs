//! The stream that keeps a viewer's number of unread notices up to date.

use super::{
    LiveStreams, StreamPlace,
    account_stream::{AccountStream, StreamTurn},
    presence::Presence,
};
use axum::body::Bytes;
use futures_util::{Stream, stream};
use guildhall::{
    Error, Result,
    account::{Role, Viewer},
    notice,
    project::ProjectId,
};
use std::convert::Infallible;

/// The stream for one viewer's bell.
pub(crate) struct BellStream {
    stream: AccountStream,
    viewer: Viewer,
    unread: i64,
    has_begun: bool,
    /// Set on the page of a project, for a buyer.
    _presence: Option<Presence>,
}

impl BellStream {
    /// `project` is the one whose page is open.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn open(
        live: &LiveStreams,
        viewer: &Viewer,
        project: Option<ProjectId>,
        place: Option<StreamPlace>,
    ) -> Result<Self> {
        let project = project.filter(|_| viewer.role == Role::Buyer && place.is_some());
        let presence = project.map(|project| live.0.presences.enter(viewer.account, project));
        let mut bell = Self {
            stream: AccountStream::open(live, viewer.account, place)?,
            viewer: viewer.clone(),
            unread: 0,
            has_begun: false,
            _presence: presence,
        };
        bell.unread = bell.read().await?;
        Ok(bell)
    }

    /// The number of unread notices, as people see it.
    pub fn label(&self) -> String {
        notice::unread_label(self.unread)
    }

    /// The events to send to the viewer.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
        stream::unfold(self, |mut bell| async move {
            let bytes = bell.next().await?;
            bell.stream.sent();
            Some((Ok(bytes), bell))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if !self.has_begun {
            self.has_begun = true;
            return Some((self.stream.live.opening() + &self.event()).into());
        }
        loop {
            match self.stream.due().await {
                StreamTurn::End => return None,
                StreamTurn::Send(bytes) => return Some(bytes),
                StreamTurn::Changes(_) => {}
            }
            // If reading fails, the stream ends. The browser reconnects, and the new stream begins with the number.
            let unread = self.read().await.ok()?;
            if unread != self.unread {
                self.unread = unread;
                return Some(self.event().into());
            }
            if let Some(beat) = self.stream.overdue_beat() {
                return Some(beat);
            }
        }
    }

    async fn read(&self) -> Result<i64> {
        let shared = &self.stream.live.0;
        let _reader = shared.readers.acquire().await.map_err(Error::unexpected)?;
        notice::unread(&mut *shared.pool.acquire().await?, self.viewer.account).await
    }

    fn event(&self) -> String {
        format!("event: unread\ndata: {}\n\n", self.label())
    }
}
