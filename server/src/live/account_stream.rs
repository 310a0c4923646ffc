//! What the streams of one account have in common: a dashboard's, and the bell's.
//!
//! Such a stream ends after two to four minutes (`--live-signed-in-seconds`, and up to twice that) with `event: again`,
//! so that the session is checked again.

use super::{
    BEAT, LiveStreams, PACE, StreamPlace,
    frame::{AGAIN, about},
    watched_topics::{MailContents, Mailbox},
};
use axum::body::Bytes;
use guildhall::{Result, account::AccountId, live::Topic};
use std::sync::Arc;
use tokio::time::{Instant, sleep_until, timeout_at};

pub(super) struct AccountStream {
    pub live: LiveStreams,
    pub mailbox: Arc<Mailbox>,
    sent_at: Instant,
    ends_at: Instant,
    has_ended: bool,
    /// `None` for a viewer who polls.
    _place: Option<StreamPlace>,
}

/// What a stream does next.
pub(super) enum StreamTurn {
    /// Topics have changed: read them. If there is nothing to send, wait for the next turn.
    Changes(MailContents),
    Send(Bytes),
    End,
}

impl AccountStream {
    /// Subscribes to the account's events, so that nothing it does from now on is missed.
    ///
    /// # Errors
    /// `Busy`.
    pub fn open(
        live: &LiveStreams,
        account: AccountId,
        place: Option<StreamPlace>,
    ) -> Result<Self> {
        let now = Instant::now();
        let stream = Self {
            live: live.clone(),
            mailbox: Arc::default(),
            sent_at: now,
            ends_at: now + about(live.0.signed_in),
            has_ended: false,
            _place: place,
        };
        live.follow(Topic::Account(account), &stream.mailbox)?;
        Ok(stream)
    }

    /// Waits until something has changed, or the stream has to show that it is alive.
    pub async fn due(&mut self) -> StreamTurn {
        if self.has_ended {
            return StreamTurn::End;
        }
        let beat = self.beat_at();
        let was_filled = timeout_at(beat, self.mailbox.filled()).await.is_ok();
        if self.ends_at <= Instant::now() {
            self.has_ended = true;
            return StreamTurn::Send(AGAIN);
        }
        if !was_filled {
            return StreamTurn::Send(self.live.beat().into());
        }
        sleep_until(self.sent_at + PACE).await;
        let inside = self.mailbox.empty();
        if inside.is_closed {
            return StreamTurn::End;
        }
        StreamTurn::Changes(inside)
    }

    /// A heartbeat, if one is due.
    pub fn overdue_beat(&self) -> Option<Bytes> {
        (self.beat_at() <= Instant::now()).then(|| self.live.beat().into())
    }

    pub fn sent(&mut self) {
        self.sent_at = Instant::now();
    }

    fn beat_at(&self) -> Instant {
        (self.sent_at + BEAT).min(self.ends_at)
    }
}
