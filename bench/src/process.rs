//! Programs that the benchmark starts, and stops by their process ids.

use anyhow::{Context, bail};
use std::{
    collections::VecDeque,
    process::{Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// How long a program may take to exit after a request to stop.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How many of a program's last lines are kept.
const LINES: usize = 30;

/// A program that runs until it is stopped. Dropping this, for example in a panic, kills the program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    recent_lines: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts it and waits until it prints a line with these words to standard error; returns the rest of that line.
    ///
    /// # Errors
    /// If it cannot be started, exits, or does not print such a line in time.
    pub async fn start(
        name: &str,
        command: &mut Command,
        marker: &str,
        bound: Duration,
    ) -> anyhow::Result<(Self, String)> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let stderr = child.stderr.take().context("standard error is taken")?;
        let recent_lines: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let (found, finding) = tokio::sync::oneshot::channel();
        let (recent, marker) = (Arc::clone(&recent_lines), marker.to_owned());
        tokio::spawn(async move {
            let mut found = Some(found);
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, rest)) = line.split_once(&marker)
                    && let Some(found) = found.take()
                {
                    let _ = found.send(rest.trim().to_owned());
                }
                let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
                if recent.len() == LINES {
                    recent.pop_front();
                }
                recent.push_back(line);
            }
        });
        let running = Self {
            child,
            name: name.to_owned(),
            recent_lines,
        };
        match timeout(bound, finding).await {
            Ok(Ok(rest)) => Ok((running, rest)),
            _ => bail!("{name} did not start:\n{}", running.last_lines()),
        }
    }

    /// Starts a program without waiting until it is ready.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(name: &str, command: &mut Command) -> anyhow::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            child,
            name: name.to_owned(),
            recent_lines: Arc::default(),
        })
    }

    /// Its process id; 0 once it has exited.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    #[must_use]
    pub fn last_lines(&self) -> String {
        let recent_lines = self
            .recent_lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        recent_lines
            .iter()
            .map(|line| format!("    {line}\n"))
            .collect()
    }

    /// Asks it to stop, and kills it if it does not.
    ///
    /// # Errors
    /// If it had to be killed.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let Some(pid) = self.child.id() else {
            return Ok(());
        };
        // Uses the shell's kill, because std can only send SIGKILL.
        Command::new("sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .await?;
        if timeout(TIMEOUT, self.child.wait()).await.is_err() {
            self.child.kill().await?;
            bail!("{} did not stop in time:\n{}", self.name, self.last_lines());
        }
        Ok(())
    }
}

/// Runs a program to its end and returns its output.
///
/// # Errors
/// If it cannot be started or fails, with its output.
pub async fn output(name: &str, command: &mut Command) -> anyhow::Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot start {name}"))?;
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    if !status.success() {
        bail!(
            "{name} failed ({status}):\n{stdout}{}",
            String::from_utf8_lossy(&stderr)
        );
    }
    Ok(stdout)
}
