//! A disk of a few megabytes that can be filled: a tmpfs mounted for one test.
#![allow(dead_code, reason = "no test program uses all of it")]

use std::{
    env,
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

const MB: u64 = 1024 * 1024;

/// A mounted tmpfs, unmounted when the test ends.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn new(megabytes: u32) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("guildhall-disk-{}-{count}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        let disk = Self(dir);
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={megabytes}m,mode=755"))
            .args(["tmpfs".as_ref(), disk.0.as_os_str()])
            .output()
            .unwrap();
        assert!(
            mounted.status.success(),
            "this test mounts a small disk, so run it as root or under `unshare -rm`: {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        disk
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Fills the disk, as another program might, until only this many megabytes are free.
    pub fn fill(&self, left_mb: u64) {
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(self.filler())
            .unwrap();
        let block = vec![0; 64 * 1024];
        while self.free_bytes() > left_mb * MB {
            // A concurrent write may have filled the disk first.
            if file.write_all(&block).is_err() {
                break;
            }
        }
    }

    /// Deletes what [`Self::fill`] wrote.
    pub fn free_up(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    pub fn free_bytes(&self) -> u64 {
        let stats = rustix::fs::statvfs(&self.0).unwrap();
        stats.f_bavail * stats.f_frsize
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Unmount lazily, because processes that use the disk may still be exiting.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}
