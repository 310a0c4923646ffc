//! A killed PostgreSQL is restarted, or the program reports why not and exits.

use crate::{
    BOUND, Scratch, client, database, postmaster,
    program::{Server, guildhall, output},
    signal, wait_for_readiness,
};
use rustix::process::Signal;
use std::{fs, path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

#[tokio::test]
async fn a_killed_postmaster_is_replaced_and_the_server_continues() {
    let scratch = Scratch::new();
    let server = Server::start_private(&scratch.data(), &[]).await;
    client::account(&database(&scratch.data()), "seller", "sam@example.com").await;
    for _ in 0..2 {
        let killed = postmaster(&scratch.data()).unwrap();
        signal(killed, Signal::KILL);
        wait_for_readiness(&server, "a server that is ready again", |status, text| {
            let new = postmaster(&scratch.data()).is_some_and(|pid| pid != killed);
            new && status == 200 && text.contains("postgres: running\n")
        })
        .await;
    }
    let accounts = sqlx::query_scalar("select count(*) from account");
    let accounts: i64 = accounts
        .fetch_one(&database(&scratch.data()))
        .await
        .unwrap();
    assert_eq!(accounts, 1);
    let log = server.log.lock().unwrap().clone();
    assert!(
        log.contains("PostgreSQL is not running; restarting it"),
        "{log}"
    );
    assert!(log.contains("PostgreSQL is running again"), "{log}");
}

/// Makes every later start fail, and kills the running cluster.
fn end_for_good(data: &Path) {
    fs::write(data.join("cluster/postgresql.conf"), "work_mem = lots\n").unwrap();
    signal(postmaster(data).unwrap(), Signal::KILL);
}

#[track_caller]
fn assert_reason(log: &str) {
    let last = log
        .trim_end()
        .lines()
        .filter(|line| line.starts_with("guildhall: "));
    let output: Vec<&str> = last.collect();
    assert_eq!(output.len(), 1, "{log}");
    assert!(
        output[0].contains("PostgreSQL did not keep running after 10 tries"),
        "{log}"
    );
}

#[tokio::test]
async fn a_server_whose_postgres_never_restarts_exits_with_a_message() {
    let scratch = Scratch::new();
    let mut server = Server::start_private(&scratch.data(), &[]).await;
    end_for_good(&scratch.data());
    wait_for_readiness(
        &server,
        "a server that reports which part is missing",
        |status, text| status == 503 && text.contains("postgres: it fails to start"),
    )
    .await;
    let health = output(&["health", "--addr", &server.addr.to_string()]).await;
    let output = String::from_utf8(health.stderr).unwrap();
    assert_eq!(health.status.code(), Some(1), "{output}");
    assert!(
        output.contains("; postgres: it fails to start; "),
        "{output}"
    );
    let ended = timeout(BOUND, server.child.wait()).await;
    assert_eq!(ended.expect("the program exits").unwrap().code(), Some(1));
    assert_reason(&server.whole_log().await);
}

/// Runs one of our programs and kills its PostgreSQL once the program prints `ready`; returns its output and exit
/// code.
async fn output_until_exit(
    mut command: Command,
    ready: &str,
    data: &Path,
) -> (String, Option<i32>) {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut output = String::new();
    let read = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == ready {
                end_for_good(data);
            }
            output.push_str(&line);
            output.push('\n');
        }
    };
    timeout(BOUND, read).await.expect("the program exits");
    let ended = timeout(BOUND, child.wait()).await;
    (output, ended.expect("the program exits").unwrap().code())
}

#[tokio::test]
async fn a_worker_whose_postgres_never_restarts_exits_with_a_message() {
    let scratch = Scratch::new();
    let data = scratch.data();
    let data_dir = data.to_str().unwrap();
    let url = "http://127.0.0.1:3000";
    let worker = guildhall(&["worker", "--data-dir", data_dir, "--public-url", url]);
    let ready = "Awarding projects at their deadlines. Ctrl-C stops.";
    let (output, code) = output_until_exit(worker, ready, &data).await;
    assert_eq!(code, Some(1), "{output}");
    assert_reason(&output);
}

#[tokio::test]
async fn a_command_whose_postgres_never_restarts_is_terminated_with_a_message() {
    let scratch = Scratch::new();
    let data = scratch.data();
    let lent = [
        "postgres",
        "--data-dir",
        data.to_str().unwrap(),
        "--",
        "sh",
        "-c",
    ];
    let command = guildhall(&[&lent[..], &["echo lent >&2; exec sleep 600"]].concat());
    let (output, code) = output_until_exit(command, "lent", &data).await;
    assert_eq!(code, Some(1), "{output}");
    assert_reason(&output);
}
