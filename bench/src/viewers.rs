//! Viewers of live pages: one event stream each (HTML, section 9.2), read with minimal overhead.

use anyhow::{Context, ensure};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

/// Maximum number of viewers that connect at the same time.
const AT_ONCE: usize = 200;
/// How long a stream may take to start.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a number from a line of an event stream, if the line has one.
pub type NumberIn = fn(&[u8]) -> Option<i64>;

/// The receipt of a number by one viewer.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    number: i64,
    at: Instant,
}

/// What the viewers open.
#[derive(Debug, Clone, Copy)]
pub struct LivePage<'a> {
    pub host: &'a str,
    pub path: &'a str,
    /// Additional header lines; each ends with CRLF.
    pub headers: &'a str,
    pub number_in: NumberIn,
}

/// The viewers of one page. Dropping them closes the streams.
pub struct Viewers {
    watching: JoinSet<()>,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
}

impl Viewers {
    /// Opens `count` streams and returns once each has received the state.
    ///
    /// # Errors
    /// If one of them is refused, with the status.
    pub async fn connect(page: LivePage<'_>, count: usize) -> anyhow::Result<Self> {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let door = Arc::new(Semaphore::new(AT_ONCE));
        let mut coming = JoinSet::new();
        for _ in 0..count {
            let (host, number_in, sender) = (page.host.to_owned(), page.number_in, sender.clone());
            let request = format!(
                "GET {} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n{}\r\n",
                page.path, page.headers
            );
            let door = Arc::clone(&door);
            coming.spawn(async move {
                let _place = door.acquire_owned().await?;
                timeout(TIMEOUT, Viewer::connect(&host, &request, number_in, sender))
                    .await
                    .context("a stream did not begin in time")?
            });
        }
        let mut watching = JoinSet::new();
        while let Some(viewer) = coming.join_next().await {
            watching.spawn(viewer??.watch());
        }
        Ok(Self {
            watching,
            deliveries,
        })
    }

    /// The number of open streams.
    pub fn count(&mut self) -> usize {
        while self.watching.try_join_next().is_some() {}
        self.watching.len()
    }

    /// Waits until all viewers have received such a number, for at most `bound`; returns the time of each delivery.
    pub async fn wait_for(
        &mut self,
        is_awaited: impl Fn(i64) -> bool,
        bound: Duration,
    ) -> Vec<Instant> {
        let mut received_at = Vec::with_capacity(self.watching.len());
        let deadline = sleep(bound);
        tokio::pin!(deadline);
        while received_at.len() < self.watching.len() {
            tokio::select! {
                delivery = self.deliveries.recv() => match delivery {
                    Some(delivery) if is_awaited(delivery.number) => received_at.push(delivery.at),
                    Some(_) => {}
                    None => break,
                },
                () = &mut deadline => break,
            }
        }
        received_at
    }
}

struct Viewer {
    stream: TcpStream,
    /// What follows the last complete line.
    rest: Vec<u8>,
    number_in: NumberIn,
    sender: mpsc::UnboundedSender<Delivery>,
}

impl Viewer {
    async fn connect(
        host: &str,
        request: &str,
        number_in: NumberIn,
        sender: mpsc::UnboundedSender<Delivery>,
    ) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut viewer = Self {
            stream,
            rest: Vec::with_capacity(1024),
            number_in,
            sender,
        };
        // The head, and the first event after it.
        while !contains(&viewer.rest, b"data:") {
            ensure!(viewer.read().await?, "a stream ended at once");
            let head = String::from_utf8_lossy(&viewer.rest);
            let status = head.get(9..12).unwrap_or_default().to_owned();
            ensure!(
                status == "200" || status.is_empty(),
                "a stream was answered with {status}"
            );
        }
        viewer.read_lines();
        Ok(viewer)
    }

    async fn read(&mut self) -> anyhow::Result<bool> {
        Ok(self.stream.read_buf(&mut self.rest).await? > 0)
    }

    /// Runs until the server ends the stream.
    async fn watch(mut self) {
        while matches!(self.read().await, Ok(true)) {
            self.read_lines();
        }
    }

    /// An event may arrive in parts, with chunk markers between its lines; a number counts when its line is complete.
    fn read_lines(&mut self) {
        let at = Instant::now();
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        for line in self.rest[..end].split(|byte| *byte == b'\n') {
            if let Some(number) = (self.number_in)(line) {
                // The receiver is gone once the benchmark is done.
                let _ = self.sender.send(Delivery { number, at });
            }
        }
        self.rest.drain(..=end);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The member `lowest_minor` of a project's event; `None` while there is no bid.
#[must_use]
pub fn lowest_in(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix("data:")?;
    let (_, after) = text.split_once("\"lowest_minor\":")?;
    let digits = after
        .find(|c: char| !c.is_ascii_digit())
        .map_or(after, |end| &after[..end]);
    digits.parse().ok()
}

/// The number of unread notices in an event of the bell.
#[must_use]
pub fn unread_in(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix("data:")?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_amount_is_read_from_an_event() {
        let line = br#"data: {"id":7,"bid_count":2,"lowest_minor":85050,"currency":"EUR"}"#;
        assert_eq!(lowest_in(line), Some(85050));
        assert_eq!(lowest_in(br#"data: {"id":7,"lowest_minor":null}"#), None);
        assert_eq!(lowest_in(b"id: 7"), None);
    }

    #[test]
    fn the_number_of_unread_notices_is_read_from_an_event() {
        assert_eq!(unread_in(b"data: 12\r"), Some(12));
        assert_eq!(unread_in(b"data: "), None);
        assert_eq!(unread_in(b"event: unread"), None);
    }
}
