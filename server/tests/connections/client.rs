//! Clients with their own addresses, which keep a connection open and send requests on demand.

use crate::program::Server;
use std::{net::IpAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Longer than anything in a test should ever take.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A TCP connection from this address in the loopback network.
pub async fn connect(server: &Server, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((IpAddr::from(from), 0).into()).unwrap();
    let connected = timeout(TIMEOUT, socket.connect(server.addr)).await;
    connected.expect("the connection is accepted").unwrap()
}

/// Requests this path with keep-alive; returns the status, or `None` if the connection was closed.
pub async fn request(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    path: &str,
) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    let answered = async {
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        stream.read_exact(&mut vec![0; length]).await.ok()?;
        head.split(' ').nth(1)?.parse().ok()
    };
    timeout(TIMEOUT, answered)
        .await
        .expect("the server answers")
}

/// A connection kept open after one answer.
pub async fn connect_and_request(server: &Server, from: [u8; 4]) -> TcpStream {
    let mut stream = connect(server, from).await;
    assert_eq!(request(&mut stream, "/healthz").await, Some(200));
    stream
}

/// True if the server has closed the connection by now.
pub fn is_closed(stream: &TcpStream) -> bool {
    let mut byte = [0];
    match stream.try_read(&mut byte) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// Waits until the server closes the connection.
pub async fn wait_until_closed(stream: &mut (impl AsyncRead + Unpin)) {
    let read = timeout(TIMEOUT, stream.read_to_end(&mut Vec::new())).await;
    assert!(read.is_ok(), "the connection is still open");
}

/// Waits until a connection without a request no longer counts as new.
pub async fn wait_until_not_new() {
    tokio::time::sleep(Duration::from_millis(2_200)).await;
}
