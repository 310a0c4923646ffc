//! These tests use a real disk of 16 or 64 MB.

use super::{DiskWatch, MB, finding};
use crate::small_disk::SmallDisk;
use guildhall::{
    Error,
    disk::{DataKind, Disk, DiskLimits, Level},
};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

const LIMITS: DiskLimits = DiskLimits {
    watermark_bytes: 24 * MB,
    reserve_bytes: 8 * MB,
};

fn wait_for(disk: &Disk, level: Level) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while disk.status().unwrap().level != level {
        assert!(Instant::now() < deadline, "{level:?}: {:?}", disk.status());
        #[expect(
            clippy::disallowed_methods,
            reason = "the watch runs on its own thread"
        )]
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_filling_disk_refuses_projects_first_and_bids_last_and_recovers() {
    let small = SmallDisk::new(64);
    let reserve = small.path().join("reserve");
    let disk = Disk::default();
    assert!(
        disk.must_take(DataKind::Projects).is_ok(),
        "not monitored yet"
    );
    let _watch = DiskWatch::start(&disk, small.path(), LIMITS).unwrap();
    assert_eq!(disk.status().unwrap().level, Level::Plenty);
    assert_eq!(fs::metadata(&reserve).unwrap().len(), LIMITS.reserve_bytes);

    small.fill(20);
    wait_for(&disk, Level::Low);
    let refused = disk.must_take(DataKind::Projects).unwrap_err();
    assert!(matches!(refused, Error::NoSpace { .. }));
    assert!(disk.must_take(DataKind::Bids).is_ok());
    assert!(finding(&disk).unwrap().to_string().starts_with("low, "));

    small.fill(1);
    wait_for(&disk, Level::Critical);
    assert!(!reserve.exists());
    assert!(small.free_bytes() >= LIMITS.reserve_bytes);
    assert!(disk.must_take(DataKind::Bids).is_err());

    small.free_up();
    wait_for(&disk, Level::Plenty);
    assert!(reserve.exists());
    assert!(disk.must_take(DataKind::Projects).is_ok());
}

#[test]
fn a_start_on_a_full_disk_is_critical_and_creates_no_reserve() {
    let small = SmallDisk::new(16);
    small.fill(2);
    let disk = Disk::default();
    let _watch = DiskWatch::start(&disk, small.path(), LIMITS).unwrap();
    assert_eq!(disk.status().unwrap().level, Level::Critical);
    assert!(!small.path().join("reserve").exists());
}

#[test]
fn limits_of_zero_monitor_but_refuse_nothing() {
    let small = SmallDisk::new(16);
    let disk = Disk::default();
    let off = DiskLimits {
        watermark_bytes: 0,
        reserve_bytes: 0,
    };
    small.fill(0);
    let _watch = DiskWatch::start(&disk, small.path(), off).unwrap();
    assert!(disk.must_take(DataKind::Projects).is_ok());
    assert!(!small.path().join("reserve").exists());
}
