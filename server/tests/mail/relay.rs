//! A third-party relay (aiosmtpd, in Python), and certificates for it.

use crate::program::guildhall;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde::Deserialize;
use server::{
    config::{MailConfig, RelayUrl},
    mail::Mailer,
};
use std::{fs, path::PathBuf, process::Stdio};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

pub const HOME: &str = "https://guildhall.example";

/// A running relay, which ends with the test.
pub struct Relay {
    pub port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    certificate: PathBuf,
    _files: TempDir,
    _child: Child,
    _input: ChildStdin,
}

/// A message as the relay's parser read it.
#[derive(Debug, Deserialize)]
pub struct Received {
    pub sender: String,
    pub recipients: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub to: Vec<(String, String)>,
    pub defects: Vec<String>,
    pub text: String,
    pub html: String,
    pub types: Vec<String>,
    pub longest: usize,
    pub ascii: bool,
    pub encrypted: bool,
    pub user: String,
}

impl Received {
    /// The value of the only header with this name.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.iter().filter(|(own, _)| own == name).collect();
        assert_eq!(values.len(), 1, "{name}: {values:?}");
        &values[0].1
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Connected {
        #[expect(dead_code, reason = "it only tells the lines apart")]
        connected: bool,
    },
    Received(Box<Received>),
}

impl Relay {
    /// Starts a relay with a certificate for this machine.
    pub async fn start(behavior: &str) -> Self {
        Self::with_name(behavior, "127.0.0.1").await
    }

    /// Starts a relay whose certificate has this name.
    pub async fn with_name(behavior: &str, name: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let certificate = files.path().join("certificate.pem");
        let key = files.path().join("key.pem");
        let pair = generate_simple_self_signed([name.to_owned()]).unwrap();
        let CertifiedKey { cert, signing_key } = pair;
        fs::write(&certificate, cert.pem()).unwrap();
        fs::write(&key, signing_key.serialize_pem()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/relay.py");
        let mut child = Command::new("python3")
            .arg(script)
            .arg(behavior)
            .args([&certificate, &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap();
        let port = port.expect("the relay did not start: run bin/setup --tests");
        Self {
            port: port.parse().unwrap(),
            lines,
            certificate,
            _files: files,
            _input: child.stdin.take().unwrap(),
            _child: child,
        }
    }

    /// The settings for this relay, with its certificate as the authority.
    pub fn config(&self, url: &str) -> MailConfig {
        let url = url.replace("HOST", &format!("127.0.0.1:{}", self.port));
        MailConfig {
            smtp_url: Some(RelayUrl(url)),
            mail_from: Some("Guildhall <no-reply@guildhall.example>".to_owned()),
            smtp_ca: Some(self.certificate.clone()),
        }
    }

    pub fn mailer(&self, url: &str) -> Mailer {
        Mailer::with_relay(&self.config(url), HOME).unwrap()
    }

    /// `guildhall mail test` with these settings.
    pub fn test_command(&self, url: &str, address: &str) -> Command {
        let config = self.config(url);
        let mut command = guildhall(&["mail", "test", address]);
        command
            .env("SMTP_URL", config.smtp_url.unwrap().0)
            .env("MAIL_FROM", config.mail_from.unwrap())
            .env("SMTP_CA", config.smtp_ca.unwrap());
        command
    }

    /// The next message, and how many connections were opened before it.
    pub async fn received(&mut self) -> (usize, Received) {
        let mut connections = 0;
        loop {
            let line = self.lines.next_line().await.unwrap().unwrap();
            match serde_json::from_str(&line).unwrap() {
                Line::Connected { .. } => connections += 1,
                Line::Received(received) => return (connections, *received),
            }
        }
    }
}
