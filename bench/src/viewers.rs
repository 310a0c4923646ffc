//! Viewers of a project's page: one event stream each (HTML, section 9.2), read with minimal overhead.

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

/// The receipt of an amount by one viewer.
#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    pub lowest_minor: i64,
    pub at: Instant,
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
    pub async fn come(host: &str, path: &str, count: usize) -> anyhow::Result<Self> {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let door = Arc::new(Semaphore::new(AT_ONCE));
        let mut coming = JoinSet::new();
        for _ in 0..count {
            let (host, path, sender) = (host.to_owned(), path.to_owned(), sender.clone());
            let door = Arc::clone(&door);
            coming.spawn(async move {
                let _place = door.acquire_owned().await?;
                timeout(TIMEOUT, Viewer::come(&host, &path, sender))
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

    /// Waits until all viewers have received this amount or a lower one, for at most `bound`; returns the time of each
    /// delivery.
    pub async fn wait_for_amount(&mut self, minor: i64, bound: Duration) -> Vec<Instant> {
        let mut heard = Vec::with_capacity(self.watching.len());
        let deadline = sleep(bound);
        tokio::pin!(deadline);
        while heard.len() < self.watching.len() {
            tokio::select! {
                delivery = self.deliveries.recv() => match delivery {
                    Some(delivery) if delivery.lowest_minor <= minor => heard.push(delivery.at),
                    Some(_) => {}
                    None => break,
                },
                () = &mut deadline => break,
            }
        }
        heard
    }
}

struct Viewer {
    stream: TcpStream,
    /// What follows the last complete line.
    rest: Vec<u8>,
    sender: mpsc::UnboundedSender<Delivery>,
}

impl Viewer {
    async fn come(
        host: &str,
        path: &str,
        sender: mpsc::UnboundedSender<Delivery>,
    ) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(host).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut viewer = Self {
            stream,
            rest: Vec::with_capacity(1024),
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

    /// An event may arrive in parts, with chunk markers between its lines; an amount counts when its line is complete.
    fn read_lines(&mut self) {
        let at = Instant::now();
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        for line in self.rest[..end].split(|byte| *byte == b'\n') {
            if let Some(lowest_minor) = lowest_in(line) {
                // The receiver is gone once the benchmark is done.
                let _ = self.sender.send(Delivery { lowest_minor, at });
            }
        }
        self.rest.drain(..=end);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The member `lowest_minor` of an event's data; `None` while there is no bid.
fn lowest_in(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix("data:")?;
    let (_, after) = text.split_once("\"lowest_minor\":")?;
    let digits = after
        .find(|c: char| !c.is_ascii_digit())
        .map_or(after, |end| &after[..end]);
    digits.parse().ok()
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
}
