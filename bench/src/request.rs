//! A single HTTP/1.0 request on its own connection, for requests that are not measured.

use anyhow::{Context, ensure};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The time limit for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A complete response.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    pub status: u16,
    /// In order, with lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Requests a path from `http://host:port`.
///
/// # Errors
/// If there is no answer, or it is not HTTP.
pub async fn get(base: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<HttpResponse> {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let host = base.trim_start_matches("http://");
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n");
    send(host, request.as_bytes()).await
}

async fn send(host: &str, request: &[u8]) -> anyhow::Result<HttpResponse> {
    let exchange = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        anyhow::Ok(bytes)
    };
    let bytes = timeout(TIMEOUT, exchange)
        .await
        .with_context(|| format!("{host} did not answer in time"))??;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> anyhow::Result<HttpResponse> {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .context("the answer's headers are incomplete")?;
    let head = std::str::from_utf8(&bytes[..end])?;
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    ensure!(first.starts_with("HTTP/1."), "{first} is not HTTP");
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .with_context(|| format!("{first} has no status"))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(HttpResponse {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    })
}

impl HttpResponse {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_parsed_and_a_malformed_one_is_an_error() {
        let answer =
            parse(b"HTTP/1.0 200 OK\r\nETag: W/\"x\"\r\ncontent-length: 2\r\n\r\nhi").unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, b"hi".as_slice())
        );
        assert_eq!(answer.header("etag"), Some("W/\"x\""));
        assert!(parse(b"HTTP/1.0 200 OK\r\n").is_err());
        assert!(parse(b"SSH-2.0\r\n\r\n").is_err());
    }
}
