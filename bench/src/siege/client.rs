//! An HTTP/1.1 client with its own source address.

use crate::open_loop::answer_end;
use anyhow::{Context, bail};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Maximum length of an answer, in bytes.
const LARGEST_BYTES: usize = 4 * 1024 * 1024;

/// A response as it was received.
#[derive(Debug, Clone)]
pub struct RawResponse {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// Including chunk markers, if it was chunked.
    pub body: Vec<u8>,
}

impl RawResponse {
    /// The values of a header, which may occur several times.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Connects from this source address.
///
/// # Errors
/// If the address cannot be bound, or nobody listens.
pub async fn connect(from: Ipv4Addr, server: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket
        .bind((from, 0).into())
        .with_context(|| format!("cannot use {from} as a source address"))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A keep-alive connection that is reopened when it has ended.
#[derive(Debug)]
pub struct SiegeClient {
    server: SocketAddr,
    from: Ipv4Addr,
    stream: Option<TcpStream>,
    bytes: Vec<u8>,
}

impl SiegeClient {
    #[must_use]
    pub const fn new(from: Ipv4Addr, server: SocketAddr) -> Self {
        Self {
            server,
            from,
            stream: None,
            bytes: Vec::new(),
        }
    }

    /// Sends a request and reads its answer. A `GET` on a connection that the server has closed in the meantime is
    /// retried once on a new one (RFC 9112, section 9.3.1).
    ///
    /// # Errors
    /// If there is no complete answer in time.
    pub async fn send(&mut self, request: &[u8], bound: Duration) -> anyhow::Result<RawResponse> {
        let exchange = async {
            let reused = self.stream.is_some();
            let first = self.exchange(request).await;
            if first.is_err() && reused && self.bytes.is_empty() && request.starts_with(b"GET ") {
                self.stream = None;
                return self.exchange(request).await;
            }
            first
        };
        let answer = match timeout(bound, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(anyhow::anyhow!("no answer in time")),
        };
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<RawResponse> {
        self.bytes.clear();
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(connect(self.from, self.server).await?),
        };
        stream.write_all(request).await?;
        loop {
            if stream.read_buf(&mut self.bytes).await? == 0 {
                bail!("the connection was closed");
            }
            if let Some(end_of_head) = answer_end(&self.bytes)? {
                let answer = answer(&self.bytes, end_of_head)?;
                if answer.headers("connection").any(|value| value == "close") {
                    self.stream = None;
                }
                return Ok(answer);
            }
            if self.bytes.len() > LARGEST_BYTES {
                bail!("the answer is too long");
            }
        }
    }
}

fn answer(bytes: &[u8], end_of_head: usize) -> anyhow::Result<RawResponse> {
    let head = std::str::from_utf8(&bytes[..end_of_head - 4])?.to_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("the answer has no status")?;
    Ok(RawResponse {
        status,
        head,
        body: bytes[end_of_head..].to_vec(),
    })
}

/// A `GET` with these additional header lines; each ends with CRLF.
#[must_use]
pub fn get(server: SocketAddr, path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n{headers}\r\n").into_bytes()
}

/// A `POST` with a body of this media type.
#[must_use]
pub fn post(server: SocketAddr, path: &str, kind: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {server}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A form submission from a page of the site.
#[must_use]
pub fn post_form(
    server: SocketAddr,
    path: &str,
    headers: &str,
    fields: &[(&str, &str)],
) -> Vec<u8> {
    let headers = format!("Origin: http://{server}\r\nSec-Fetch-Site: same-origin\r\n{headers}");
    let kind = "application/x-www-form-urlencoded";
    post(server, path, kind, &headers, &form(fields))
}

/// Encodes fields the way browsers do.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                b' ' => "+".to_owned(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    pairs.join("&")
}

/// A client that keeps cookies.
#[derive(Debug)]
pub struct Browser {
    client: SiegeClient,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    #[must_use]
    pub const fn new(from: Ipv4Addr, server: SocketAddr) -> Self {
        Self {
            client: SiegeClient::new(from, server),
            cookies: BTreeMap::new(),
        }
    }

    /// # Errors
    /// If there is no complete answer in time.
    pub async fn post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        bound: Duration,
    ) -> anyhow::Result<RawResponse> {
        let headers = match self.cookies() {
            none if none.is_empty() => String::new(),
            cookies => format!("Cookie: {cookies}\r\n"),
        };
        let request = post_form(self.client.server, path, &headers, fields);
        let answer = self.client.send(&request, bound).await?;
        for cookie in answer.headers("set-cookie") {
            if let Some((name, rest)) = cookie.split_once('=') {
                let value = rest.split(';').next().unwrap_or_default();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    /// Signs in; returns the answer, whose status is 303 on success.
    ///
    /// # Errors
    /// If there is no complete answer in time.
    pub async fn sign_in(
        &mut self,
        email: &str,
        password: &str,
        bound: Duration,
    ) -> anyhow::Result<RawResponse> {
        let fields = [("email", email), ("password", password)];
        self.post("/sign-in", &fields, bound).await
    }

    /// Drops the session and keeps every other cookie, like a browser that was closed.
    pub fn end_session(&mut self) {
        self.cookies.retain(|name, _| name != "guildhall");
    }

    /// The value of the `Cookie` header.
    #[must_use]
    pub fn cookies(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_encodes_fields_the_way_browsers_do() {
        assert_eq!(form(&[("a", "x y&z"), ("b", "ä")]), "a=x+y%26z&b=%C3%A4");
    }

    #[test]
    fn an_answer_is_parsed_into_status_headers_and_body() {
        let bytes =
            b"HTTP/1.1 303 See Other\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\ncontent-length: 2\r\n\r\nhi";
        let end = answer_end(bytes).unwrap().unwrap();
        let answer = answer(bytes, end).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (303, "hi"));
        let cookies: Vec<&str> = answer.headers("Set-Cookie").collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
    }
}
