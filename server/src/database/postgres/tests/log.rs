//! The size of PostgreSQL's log, and what a client can write into it.

use super::{Scratch, query, wait_for};
use crate::database::postgres::{PrivatePostgres, cluster::Cluster, home::DataDirectory};
use std::fs::{self, OpenOptions};
use std::io::Write;

const MB: u64 = 1024 * 1024;

#[test]
fn a_log_above_ten_megabytes_is_truncated_and_its_end_is_kept() {
    let scratch = Scratch::new();
    let home = DataDirectory::prepare(&scratch.data()).unwrap();
    let length = || fs::metadata(&home.log).unwrap().len();
    home.open_log().unwrap().set_len(10 * MB).unwrap();
    home.open_log().unwrap();
    assert_eq!(length(), 10 * MB);
    home.open_log().unwrap().write_all(b"the end\n").unwrap();
    home.open_log().unwrap();
    assert_eq!(length(), 0);
    let tail = fs::read(&home.earlier_log).unwrap();
    assert_eq!(tail.len() as u64, MB);
    assert!(tail.ends_with(b"the end\n"));
}

#[test]
fn the_log_stays_bounded_while_postgres_writes_to_it() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let log = scratch.data().join("server.log");
    let length = || fs::metadata(&log).unwrap().len();
    let mut flood = OpenOptions::new().append(true).open(&log).unwrap();
    for round in ["first", "second"] {
        flood.write_all(&vec![b'x'; 11 * MB as usize]).unwrap();
        wait_for("a short log", || length() < 10 * MB);
        // PostgreSQL continues at the log's new end, without a hole.
        let line = format!("do $$ begin raise log '{round} round'; end $$");
        query(&scratch.data(), private.url(), &line);
        let text = scratch.log();
        assert!(text.contains(&format!("{round} round")) && !text.contains('\0'));
    }
    assert_eq!(
        fs::metadata(scratch.data().join("server.log.1"))
            .unwrap()
            .len(),
        MB
    );
    private.stop().unwrap();
}

#[test]
fn a_failed_statement_logs_one_line_without_the_clients_data() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let make = "create table member (email text primary key); insert into member values ('ada@example.com')";
    query(&scratch.data(), private.url(), make);
    let before = scratch.log().len();
    let cluster = Cluster::at(DataDirectory::prepare(&scratch.data()).unwrap()).unwrap();
    let statement = format!(
        "insert into member values ('ada@example.com') /* {} */",
        "secret ".repeat(10_000)
    );
    let output = cluster.psql(private.url(), &statement).unwrap();
    assert!(!output.status.success());
    let log = scratch.log();
    let written = &log[before..];
    assert!(written.contains("duplicate key value"), "{written}");
    assert!(
        !written.contains("secret") && !written.contains("ada@"),
        "{written}"
    );
    assert_eq!(written.lines().count(), 1, "{written}");
}
