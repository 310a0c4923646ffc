//! Terminates the processes that a dead postmaster left behind.
//!
//! PostgreSQL cannot start while they run, because they still hold its shared memory. They are found by their titles,
//! which contain the cluster's name, and by their user.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use super::cluster::Cluster;
use super::pid_file;
use super::postmaster::wait_until;

/// The signals for leftover processes, and how long each may take to work. An idle child exits by itself when its
/// postmaster is gone, and a busy one on SIGQUIT. One that hangs or was stopped with SIGSTOP must be killed, which loses
/// nothing committed: the next start recovers from the write-ahead log in any case.
const SIGNALS: [(Signal, Duration); 2] = [
    (Signal::QUIT, Duration::from_secs(1)),
    (Signal::KILL, Duration::from_secs(5)),
];

/// The name in every process title of the cluster. The directory itself appears only in the postmaster's arguments.
pub(super) fn cluster_name(cluster: &Path) -> String {
    format!(
        "guildhall-{:016x}",
        fnv1a(cluster.as_os_str().as_encoded_bytes())
    )
}

/// 64-bit FNV-1a, because std's hashes may change between versions and this one names files and processes.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Cluster {
    /// Terminates the cluster's remaining processes. Call it only after the postmaster has exited.
    pub(super) fn end_leftovers(&self) {
        for (signal, bound) in SIGNALS {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            tracing::warn!(
                processes = ?left,
                ?signal,
                "terminating processes left behind by a dead postmaster"
            );
            for pid in left {
                self.signal(signal, pid);
            }
            wait_until(bound, || self.processes().is_empty());
        }
    }

    /// Every process of the cluster, including its postmaster.
    pub(super) fn processes(&self) -> Vec<u32> {
        let title = format!("postgres: {}: ", cluster_name(&self.home.cluster));
        let ours = |pid: &u32| {
            // Any user can give a process such a title, so check the owner too.
            let owned = fs::metadata(format!("/proc/{pid}"))
                .is_ok_and(|metadata| metadata.uid() == self.account.uid);
            owned
                && (is_titled(*pid, title.as_bytes())
                    || pid_file::is_postmaster(*pid, &self.home.cluster))
        };
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(ours)
            .collect()
    }
}

fn is_titled(pid: u32, title: &[u8]) -> bool {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    arguments.starts_with(title)
}
