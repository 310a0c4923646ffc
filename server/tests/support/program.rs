//! The built program, run as operators run it.
#![allow(dead_code, reason = "no test program uses all of it")]

use sqlx::{ConnectOptions, PgPool};
use std::{
    net::SocketAddr,
    path::Path,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

/// The built program, without the tests' environment.
pub fn guildhall(arguments: &[&str]) -> Command {
    program(Path::new(env!("CARGO_BIN_EXE_guildhall")), arguments)
}

fn program(path: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(path);
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .env_remove("LEPTOS_WATCH")
        .env_remove("DATABASE_URL")
        .kill_on_drop(true);
    command
}

pub async fn output(arguments: &[&str]) -> Output {
    guildhall(arguments).output().await.unwrap()
}

/// A running server, killed when the test ends.
pub struct Server {
    pub child: Child,
    /// The URL that the server printed.
    pub url: String,
    pub addr: SocketAddr,
    /// The other lines on standard error.
    pub other_lines: UnboundedReceiver<String>,
    /// The lines after the one with the URL, as one text.
    pub log: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Server {
    pub async fn start(pool: &PgPool, flags: &[&str]) -> Self {
        Self::start_at(Path::new(env!("CARGO_BIN_EXE_guildhall")), pool, flags).await
    }

    /// Starts the program at this path; it reads the files next to it.
    pub async fn start_at(path: &Path, pool: &PgPool, flags: &[&str]) -> Self {
        let arguments = [&["serve", "--addr", "127.0.0.1:0"], flags].concat();
        Self::start_on(pool, program(path, &arguments)).await
    }

    /// Starts the program with these environment variables.
    pub async fn start_with(pool: &PgPool, flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = guildhall(&[&["serve", "--addr", "127.0.0.1:0"], flags].concat());
        command.envs(variables.iter().copied());
        Self::start_on(pool, command).await
    }

    /// Starts the program with a private PostgreSQL in this directory.
    pub async fn start_private(data_dir: &Path, flags: &[&str]) -> Self {
        let data_dir = data_dir.to_str().unwrap();
        let own = ["serve", "--addr", "127.0.0.1:0", "--data-dir", data_dir];
        Self::start_command(guildhall(&[&own, flags].concat())).await
    }

    /// Starts the program with this hard limit on open files, and a soft limit of half as many.
    pub async fn start_limited(pool: &PgPool, flags: &[&str], open_files: u64) -> Self {
        let soft = open_files / 2;
        let limit = format!("--nofile={soft}:{open_files}");
        let guildhall = env!("CARGO_BIN_EXE_guildhall");
        let arguments = [
            &[&limit, guildhall, "serve", "--addr", "127.0.0.1:0"],
            flags,
        ]
        .concat();
        Self::start_on(pool, program(Path::new("prlimit"), &arguments)).await
    }

    async fn start_on(pool: &PgPool, mut command: Command) -> Self {
        command.env(
            "DATABASE_URL",
            pool.connect_options().to_url_lossy().as_str(),
        );
        Self::start_command(command).await
    }

    async fn start_command(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (line_sender, other_lines) = unbounded_channel();
        let url = loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("the program exited early");
            if let Some(url) = line.strip_prefix("Guildhall serves on ") {
                break url.to_owned();
            }
            let _ = line_sender.send(line);
        };
        let log = Arc::<Mutex<String>>::default();
        let written = log.clone();
        // Read every line, whether or not the test does: a full pipe would block the server.
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                {
                    let mut log = written.lock().unwrap();
                    log.push_str(&line);
                    log.push('\n');
                }
                let _ = line_sender.send(line);
            }
        });
        let (_, addr) = url.split_once("://").unwrap();
        Self {
            addr: addr.parse().unwrap(),
            child,
            other_lines,
            url,
            log,
            reading,
        }
    }

    /// The whole `log`, once the program has exited.
    pub async fn whole_log(&mut self) -> String {
        (&mut self.reading).await.unwrap();
        self.log.lock().unwrap().clone()
    }

    /// Sends the program a signal, such as `HUP`.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.unwrap().success());
    }
}
