//! Memory and CPU time of programs, from /proc.

use serde::Serialize;
use std::fs;

/// The usage of one program, or of PostgreSQL with all its processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ResourceUsage {
    /// Resident memory. For PostgreSQL the proportional share (PSS), because its processes share most of it.
    pub memory_kb: u64,
    /// CPU seconds since the program started.
    pub cpu_seconds: f64,
}

/// The usage of one process; all 0 once it has exited.
#[must_use]
pub fn of(pid: u32) -> ResourceUsage {
    ResourceUsage {
        memory_kb: kb(&format!("/proc/{pid}/status"), "VmRSS:"),
        cpu_seconds: cpu(pid).unwrap_or(0.0),
    }
}

/// The usage of a process and its children, such as PostgreSQL's postmaster and backends.
#[must_use]
pub fn of_family(parent: u32) -> ResourceUsage {
    let mut usage = ResourceUsage::default();
    for pid in family(parent) {
        usage.memory_kb += kb(&format!("/proc/{pid}/smaps_rollup"), "Pss:");
        usage.cpu_seconds += cpu(pid).unwrap_or(0.0);
    }
    // The parent has waited for exited children and keeps the sum of their times.
    usage.cpu_seconds += stat(parent)
        .map(|fields| ticks(&fields, 13) + ticks(&fields, 14))
        .unwrap_or(0.0);
    usage
}

#[must_use]
pub fn parent_of(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

#[must_use]
pub fn family(parent: u32) -> Vec<u32> {
    let children = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| parent_of(*pid) == Some(parent));
    children.chain([parent]).collect()
}

fn cpu(pid: u32) -> Option<f64> {
    let fields = stat(pid)?;
    Some(ticks(&fields, 11) + ticks(&fields, 12))
}

/// Linux counts in hundredths of a second (USER_HZ).
fn ticks(fields: &[String], place: usize) -> f64 {
    fields
        .get(place)
        .and_then(|ticks| ticks.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 100.0
}

/// The fields after the name in proc_pid_stat(5); the name may contain anything, even a parenthesis.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

fn kb(file: &str, field: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_can_read_its_own_memory_and_parent() {
        let own = std::process::id();
        assert!(of(own).memory_kb > 1000);
        let parent = parent_of(own).unwrap();
        assert!(family(parent).contains(&own));
    }
}
