//! The clients of the siege work as intended: floods come from their own addresses and stop by themselves, and honest
//! clients notice a stalled server.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use bench::{
    config::FloodConfig,
    siege::{
        address::{self, ClientRole},
        flood::{FloodKind, Material, Tally, flood},
        honest_client::{self, Schedule},
        sample::LatencySummary,
    },
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};

/// What a server has observed.
#[derive(Debug, Default)]
struct ServerStats {
    addresses: BTreeSet<IpAddr>,
    /// The number of reads.
    reads: usize,
    open: usize,
    most_open: usize,
}

/// If `answers`, answers every read with 404; the server stalls at read number `stalls_at`, counted from 1.
async fn serve(stalls_at: usize, answers: bool) -> (SocketAddr, Arc<Mutex<ServerStats>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stats: Arc<Mutex<ServerStats>> = Arc::default();
    let shared = Arc::clone(&stats);
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let stats = Arc::clone(&shared);
            tokio::spawn(async move {
                {
                    let mut stats = stats.lock().unwrap();
                    stats.addresses.insert(peer.ip());
                    stats.open += 1;
                    stats.most_open = stats.most_open.max(stats.open);
                }
                let _ = answer_requests(stream, &stats, stalls_at, answers).await;
                stats.lock().unwrap().open -= 1;
            });
        }
    });
    (address, stats)
}

async fn answer_requests(
    mut stream: TcpStream,
    stats: &Mutex<ServerStats>,
    stalls_at: usize,
    answers: bool,
) -> std::io::Result<()> {
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes).await? > 0 {
        let reads = {
            let mut stats = stats.lock().unwrap();
            stats.reads += 1;
            stats.reads
        };
        if reads == stalls_at {
            sleep(Duration::from_millis(300)).await;
        }
        if answers {
            let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await?;
        }
    }
    Ok(())
}

async fn flood_with(kind: FloodKind, server: SocketAddr, addresses: u16, clients: u16) -> Tally {
    let config = FloodConfig {
        kind,
        server,
        addresses,
        clients,
        milliseconds: 1_000,
        material: PathBuf::new(),
    };
    let material = Material {
        projects: vec![1],
        emails: vec!["ada@bench.example".to_owned()],
        sessions: vec!["guildhall=x".to_owned()],
        tokens: vec!["guildhall_pat_x".to_owned()],
        deadline: 1_900_000_000,
    };
    flood(&config, material).await.unwrap()
}

#[tokio::test]
async fn a_flood_uses_its_addresses_counts_its_answers_and_stops_by_itself() {
    let (server, stats) = serve(usize::MAX, true).await;
    let began = Instant::now();
    let tally = flood_with(FloodKind::Pages, server, 3, 6).await;
    assert!(began.elapsed() >= Duration::from_millis(1_000));
    let stats = stats.lock().unwrap();
    let expected: BTreeSet<IpAddr> = (0..3)
        .map(|index| address::of(ClientRole::Flood, index).into())
        .collect();
    assert_eq!(stats.addresses, expected);
    assert!(tally.sent >= 6, "{tally:?}");
    assert_eq!(tally.answers.get(&404), Some(&tally.sent));
    // Each client may have had one request in progress at the end.
    let sent = u64::try_from(stats.reads).unwrap();
    assert!((tally.sent..=tally.sent + 6).contains(&sent), "{sent}");
}

#[tokio::test]
async fn held_connections_are_open_at_the_same_time() {
    let (server, stats) = serve(usize::MAX, true).await;
    let tally = flood_with(FloodKind::HeldConnections, server, 2, 20).await;
    assert_eq!((tally.sent, tally.answers.get(&404)), (20, Some(&20)));
    assert_eq!(stats.lock().unwrap().most_open, 20);
}

#[tokio::test]
async fn slow_requests_arrive_in_pieces_and_are_never_complete() {
    let (server, stats) = serve(usize::MAX, false).await;
    let tally = flood_with(FloodKind::SlowRequests, server, 2, 10).await;
    assert_eq!((tally.sent, tally.unanswered), (10, 10));
    let stats = stats.lock().unwrap();
    assert_eq!(stats.most_open, 10);
    assert!(stats.reads >= 10, "{}", stats.reads);
}

#[tokio::test]
async fn a_stall_counts_for_every_read_due_meanwhile() {
    let (server, _) = serve(4, true).await;
    let schedule = Schedule::for_duration(Instant::now(), 100.0, 0.5);
    let paths = vec!["/".to_owned()];
    let samples = honest_client::read(server, ClientRole::Reader, 1, paths, schedule)
        .await
        .unwrap();
    let summary = LatencySummary::of(&samples, &[404]);
    assert_eq!((summary.sent, summary.failed), (50, 0));
    let late = samples
        .iter()
        .filter(|sample| sample.latency() > Duration::from_millis(50));
    assert!(late.count() >= 20);
    // Times measured from when each request was sent would have hidden the stall.
    let slow = samples
        .iter()
        .filter(|sample| sample.answer_time() > Duration::from_millis(250));
    assert!((1..20).contains(&slow.count()));
}
