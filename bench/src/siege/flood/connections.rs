//! Floods of connections: many that are held open, and many that send a byte from time to time.

use super::{FloodKind, Tally};
use crate::siege::client::{self, connect};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout_at},
};

/// The pause between two bytes of a slow request.
const DRIP: Duration = Duration::from_millis(500);
/// The pause before a closed connection is reopened.
const REOPEN: Duration = Duration::from_millis(500);
/// Maximum number of connections that one flooder opens in sequence.
const MAX_CONNECTIONS: u64 = 1_000;

/// Opens a connection, uses it until the server closes it, and opens the next one. Each is counted under the
/// status of its first answer.
pub(super) async fn occupy(
    kind: FloodKind,
    from: Ipv4Addr,
    server: SocketAddr,
    end: Instant,
) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < end && tally.sent < MAX_CONNECTIONS {
        let mut status = 0;
        let one = async {
            let mut stream = connect(from, server).await?;
            match kind {
                FloodKind::SlowRequests => send_slowly(&mut stream, server, &mut status).await?,
                _ => hold(&mut stream, server, &mut status).await?,
            }
            anyhow::Ok(())
        };
        let is_over = timeout_at(end, one).await.is_err();
        tally.count(status);
        if is_over {
            return tally;
        }
        sleep(REOPEN).await;
    }
    tally
}

/// Keeps a connection open after one short request, for as long as the server allows.
async fn hold(stream: &mut TcpStream, server: SocketAddr, status: &mut u16) -> io::Result<()> {
    stream
        .write_all(&client::get(server, "/healthz", ""))
        .await?;
    let mut bytes = [0; 1024];
    loop {
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        if *status == 0 {
            *status = status_in(&bytes[..read]);
        }
    }
}

/// Sends the start of a form submission at once and the rest byte by byte, until the server answers.
async fn send_slowly(
    stream: &mut TcpStream,
    server: SocketAddr,
    status: &mut u16,
) -> io::Result<()> {
    let email = "x".repeat(4_000);
    let request = client::post_form(server, "/sign-in", "", &[("email", &email)]);
    // The first bytes are sent at once, so that the request has started.
    let (begin, rest) = request.split_at(20);
    stream.write_all(begin).await?;
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        for byte in rest {
            writer.write_all(&[*byte]).await?;
            sleep(DRIP).await;
        }
        io::Result::Ok(())
    };
    let mut bytes = [0; 1024];
    let reading = async {
        let read = reader.read(&mut bytes).await?;
        *status = status_in(&bytes[..read]);
        Ok(())
    };
    tokio::select! {
        dripped = sending => dripped,
        read = reading => read,
    }
}

/// The status in an answer's first line; 0 if there is none.
fn status_in(bytes: &[u8]) -> u16 {
    bytes
        .get(9..12)
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}
