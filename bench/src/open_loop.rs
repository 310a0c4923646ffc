//! Requests at a fixed rate: each has a due time, from which its latency counts even if earlier answers were late, so
//! that a stall shows in every request it delays (no coordinated omission). No available load generator does that while
//! sending a different token with each request. Runs at maximum rate use wrk.

use crate::{
    audit::BidAnswer,
    figures::{Latency, Run},
};
use anyhow::{Context, bail};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};

/// The time limit for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often due requests are released.
const TICK: Duration = Duration::from_millis(1);
/// Maximum length of an answer, in bytes.
const LARGEST_BYTES: usize = 4 * 1024 * 1024;

/// The load: its rate, duration and number of connections.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub rate: f64,
    pub seconds: f64,
    pub connections: usize,
    /// The status of a successful answer.
    pub expected: u16,
}

/// An answer with its latency.
#[derive(Debug, Clone, Copy)]
pub struct TimedAnswer {
    pub answered: BidAnswer,
    /// From the time the request was due; 0 µs if there was no answer.
    pub took_us: u64,
    bytes: u64,
}

/// Sends the request that `ask` returns for each index `place`, at `place / rate` seconds after `start`. The times
/// include the generator's own lateness, which is up to a millisecond, or more on a busy machine.
///
/// # Errors
/// If a connection cannot be opened at the start.
pub async fn run(
    host: &str,
    pace: Pace,
    start: Instant,
    ask: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> anyhow::Result<(Run, Vec<TimedAnswer>)> {
    let total = (pace.rate * pace.seconds) as u64;
    let (next, ask) = (Arc::new(AtomicU64::new(0)), Arc::new(ask));
    let due = Arc::new(Semaphore::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..pace.connections {
        let (next, ask, due) = (Arc::clone(&next), Arc::clone(&ask), Arc::clone(&due));
        let mut line = Line::open(host).await?;
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                if let Ok(place) = due.acquire().await {
                    place.forget();
                }
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= total {
                    return done;
                }
                let due = start + Duration::from_secs_f64(place as f64 / pace.rate);
                done.push(line.exchange(place, due, &ask(place)).await);
            }
        });
    }
    thread::spawn(move || release_when_due(&due, pace, start.into_std(), total));
    let mut all = Vec::with_capacity(usize::try_from(total)?);
    while let Some(done) = workers.join_next().await {
        all.extend(done?);
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok((summarize(&all, pace.expected, seconds), all))
}

/// Releases each request when it is due, on a thread of its own, because tokio's timer is up to two milliseconds late.
#[expect(clippy::disallowed_methods, reason = "the thread does nothing else")]
fn release_when_due(due: &Semaphore, pace: Pace, start: std::time::Instant, total: u64) {
    let mut released = 0;
    while released < total {
        let passed = start.elapsed().as_secs_f64();
        // The first is due at the start.
        let now_due = if passed > 0.0 {
            ((passed * pace.rate) as u64 + 1).min(total)
        } else {
            0
        };
        due.add_permits(usize::try_from(now_due - released).unwrap_or(0));
        released = now_due;
        thread::sleep(TICK);
    }
    // Wake all connections, so that they find nothing left and stop.
    due.add_permits(pace.connections);
}

fn summarize(all: &[TimedAnswer], expected: u16, seconds: f64) -> Run {
    let mut run = Run {
        seconds,
        ..Run::default()
    };
    let mut times = Vec::with_capacity(all.len());
    for timed in all {
        if timed.answered.status == 0 {
            run.errors += 1;
            continue;
        }
        run.answers += 1;
        *run.statuses.entry(timed.answered.status).or_default() += 1;
        if timed.answered.status != expected {
            run.unexpected += 1;
        }
        run.bytes += timed.bytes;
        times.push(timed.took_us);
    }
    run.rate = (run.answers - run.unexpected) as f64 / seconds;
    run.latency = Latency::of(times);
    run
}

/// A connection that is reopened after it breaks.
struct Line {
    host: String,
    stream: Option<TcpStream>,
    bytes: Vec<u8>,
}

impl Line {
    async fn open(host: &str) -> anyhow::Result<Self> {
        Ok(Self {
            host: host.to_owned(),
            stream: Some(connect(host).await?),
            bytes: Vec::with_capacity(4096),
        })
    }

    async fn exchange(&mut self, place: u64, due: Instant, request: &[u8]) -> TimedAnswer {
        let answer = timeout(TIMEOUT, self.send(request)).await;
        let (status, bid, bytes) = match answer {
            Ok(Ok(answer)) => answer,
            _ => {
                self.stream = None;
                (0, 0, 0)
            }
        };
        let took = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
        TimedAnswer {
            answered: BidAnswer {
                place: Some(place),
                status,
                bid,
            },
            took_us: if status == 0 { 0 } else { took },
            bytes,
        }
    }

    async fn send(&mut self, request: &[u8]) -> anyhow::Result<(u16, i64, u64)> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(connect(&self.host).await?),
        };
        stream.write_all(request).await?;
        self.bytes.clear();
        loop {
            if stream.read_buf(&mut self.bytes).await? == 0 {
                bail!("the connection was closed");
            }
            if let Some(head) = answer_end(&self.bytes)? {
                let status = std::str::from_utf8(&self.bytes[9..12])?.parse()?;
                return Ok((status, bid_in(&self.bytes[head..]), self.bytes.len() as u64));
            }
            if self.bytes.len() > LARGEST_BYTES {
                bail!("the answer is too long");
            }
        }
    }
}

async fn connect(host: &str) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(host)
        .await
        .with_context(|| format!("cannot reach {host}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The end of an answer's head; `None` while the answer is incomplete. Only one request is in progress at a time, so
/// everything after the head is this answer's body.
pub(crate) fn answer_end(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = end + 4;
    let headers = std::str::from_utf8(&bytes[..end])?;
    let value = |header: &str| {
        headers
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case(header))
            .map(|(_, value)| value.trim())
    };
    let is_whole = match value("content-length") {
        Some(length) => bytes.len() >= head + length.parse::<usize>()?,
        // Chunked; the last chunk is empty.
        None if value("transfer-encoding").is_some() => bytes.ends_with(b"\r\n0\r\n\r\n"),
        None => bail!("the answer has no length"),
    };
    Ok(is_whole.then_some(head))
}

/// The bid's id in `{"id":21,"message":…}`; 0 in any other answer.
pub(crate) fn bid_in(body: &[u8]) -> i64 {
    body.strip_prefix(b"{\"id\":")
        .and_then(|rest| {
            let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
            std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A server that answers each connection's requests in order, the fourth of them late.
    async fn stalling_server() -> anyhow::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let host = listener.local_addr()?.to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut bytes, mut requests) = ([0; 1024], 0);
                while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                    requests += 1;
                    if requests == 4 {
                        tokio::time::sleep(Duration::from_millis(300)).await;
                    }
                    let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\n{\"id\":7}";
                    if stream.write_all(answer).await.is_err() {
                        return;
                    }
                }
            }
        });
        Ok(host)
    }

    #[tokio::test]
    async fn a_stall_shows_in_the_times_of_all_requests_due_meanwhile() {
        let host = stalling_server().await.unwrap();
        let pace = Pace {
            rate: 100.0,
            seconds: 0.5,
            connections: 1,
            expected: 201,
        };
        let request = |_| b"POST / HTTP/1.1\r\n\r\n".to_vec();
        let (run, all) = run(&host, pace, Instant::now(), request).await.unwrap();
        assert_eq!((run.answers, run.errors, run.unexpected), (50, 0, 0));
        assert!(all.iter().all(|timed| timed.answered.bid == 7));
        // One answer was 300 ms late and delayed some 30 others.
        let late = all.iter().filter(|timed| timed.took_us > 50_000).count();
        assert!(late >= 20, "only {late} were late");
    }

    #[test]
    fn an_answer_ends_at_its_content_length_or_after_its_last_chunk() {
        let bytes = b"HTTP/1.1 201 Created\r\ncontent-length: 10\r\n\r\n{\"id\":212}";
        assert_eq!(answer_end(bytes).unwrap(), Some(44));
        assert_eq!(answer_end(&bytes[..50]).unwrap(), None);
        assert_eq!(answer_end(&bytes[..20]).unwrap(), None);
        let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        assert_eq!(answer_end(chunks).unwrap(), Some(47));
        assert_eq!(answer_end(&chunks[..chunks.len() - 5]).unwrap(), None);
        assert!(answer_end(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert_eq!(bid_in(b"{\"id\":212}"), 212);
        assert_eq!(bid_in(b"{\"type\":\"x\"}"), 0);
    }
}
