//! The directory of the private PostgreSQL. It contains `lock`, `server.log`, `server.log.1`, `reserve` (deleted when
//! the disk is nearly full) and `cluster`, which is created as `cluster.new`.
//!
//! The outer directory belongs to us, and only `cluster` to the user that runs PostgreSQL, so that this user cannot
//! mislead root with a symbolic link in place of the lock or the log.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{self, Path, PathBuf};

use super::Error;
use super::account::{self, OsAccount};

/// PostgreSQL's MAXPGPATH is 1024, and the longest name it appends is shorter than 100 bytes.
const PATH_BYTES_MAX: usize = 900;

/// A prepared data directory, as an absolute path without symbolic links.
#[derive(Debug, Clone)]
pub(super) struct DataDirectory {
    pub(super) dir: PathBuf,
    pub(super) cluster: PathBuf,
    /// `cluster.new`, which initdb fills; renamed to `cluster` once it is complete.
    pub(super) new_cluster: PathBuf,
    pub(super) log: PathBuf,
    /// The end of a log that grew too large.
    pub(super) earlier_log: PathBuf,
}

impl DataDirectory {
    /// Creates the directory if missing, and refuses one that is not ours.
    pub(super) fn prepare(dir: &Path) -> Result<Self, Error> {
        let our_uid = account::my_uid()?;
        let dir = path::absolute(dir).map_err(Error::io("resolve", dir))?;
        check_length(&dir)?;
        // PostgreSQL's user must be able to enter the directories that root creates; the files in them stay private.
        create_missing(&dir, if our_uid == 0 { 0o755 } else { 0o700 })?;
        let dir = fs::canonicalize(&dir).map_err(Error::io("resolve", &dir))?;
        check_length(&dir)?;
        claim(&dir, our_uid)?;
        let mode = if our_uid == 0 { 0o711 } else { 0o700 };
        set_mode(&dir, mode)?;
        Ok(Self {
            cluster: dir.join("cluster"),
            new_cluster: dir.join("cluster.new"),
            log: dir.join("server.log"),
            earlier_log: dir.join("server.log.1"),
            dir,
        })
    }

    /// Acquires the lock that makes us the owner; `None` if another process holds it.
    pub(super) fn try_lock(&self) -> Result<Option<File>, Error> {
        let path = self.dir.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(Error::io("lock", &path)(source)),
        }
    }

    /// The cluster's directory, or `None` before it is created.
    pub(super) fn cluster_metadata(&self) -> Option<Metadata> {
        fs::symlink_metadata(&self.cluster).ok()
    }

    /// The major version that created the cluster, or `None` before it exists.
    pub(super) fn cluster_major(&self) -> Result<Option<u32>, Error> {
        if self.cluster_metadata().is_none() {
            return Ok(None);
        }
        let version = fs::read_to_string(self.cluster.join("PG_VERSION")).unwrap_or_default();
        let dir = self.cluster.clone();
        let major = version.trim().parse();
        major.map(Some).map_err(|_| Error::Damaged { dir })
    }

    /// Reports the outermost directory on the way to the cluster that the account cannot enter.
    pub(super) fn check_enterable(&self, account: &OsAccount) -> Result<(), Error> {
        let ancestors: Vec<&Path> = self.cluster.ancestors().collect();
        for dir in ancestors.into_iter().rev() {
            // The cluster itself may not exist yet.
            if fs::metadata(dir).is_ok_and(|metadata| !account.may_enter(&metadata)) {
                let (user, dir) = (account.name.clone(), dir.to_owned());
                return Err(Error::NotEnterable { user, dir });
            }
        }
        Ok(())
    }

    /// Creates an empty `cluster.new` owned by the account, after removing one that an interrupted initdb left.
    pub(super) fn begin_cluster(&self, account: &OsAccount) -> Result<(), Error> {
        if self.new_cluster.exists() {
            fs::remove_dir_all(&self.new_cluster)
                .map_err(Error::io("remove", &self.new_cluster))?;
        }
        create_private(&self.new_cluster, account)
    }

    /// Renames `cluster.new` to `cluster`, so that only a complete cluster ever has that name.
    pub(super) fn finish_cluster(&self) -> Result<(), Error> {
        fs::rename(&self.new_cluster, &self.cluster)
            .map_err(Error::io("rename", &self.new_cluster))?;
        let dir = File::open(&self.dir).map_err(Error::io("open", &self.dir))?;
        dir.sync_all().map_err(Error::io("sync", &self.dir))
    }
}

fn check_length(dir: &Path) -> Result<(), Error> {
    let (bytes, limit) = (dir.as_os_str().len(), PATH_BYTES_MAX);
    if bytes > limit {
        return Err(Error::PathTooLong { bytes, limit });
    }
    Ok(())
}

/// Creates the directory and its missing parents with exactly this mode, whatever the umask.
fn create_missing(dir: &Path, mode: u32) -> Result<(), Error> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent() {
        create_missing(parent, mode)?;
    }
    match fs::create_dir(dir) {
        Ok(()) => set_mode(dir, mode),
        // A concurrent start was faster.
        Err(_) if dir.is_dir() => Ok(()),
        Err(source) => Err(Error::io("create", dir)(source)),
    }
}

fn set_mode(dir: &Path, mode: u32) -> Result<(), Error> {
    fs::set_permissions(dir, Permissions::from_mode(mode))
        .map_err(Error::io("set the mode of", dir))
}

/// Accepts an empty directory or one with our lock; root also takes over another user's empty directory.
fn claim(dir: &Path, our_uid: u32) -> Result<(), Error> {
    let owner = fs::metadata(dir).map_err(Error::io("inspect", dir))?.uid();
    let other_owner = || {
        let dir = dir.to_owned();
        Error::OtherOwner {
            dir,
            owner,
            our_uid,
        }
    };
    if owner != our_uid && our_uid != 0 {
        return Err(other_owner());
    }
    let empty = is_empty(dir)?;
    if !empty && !dir.join("lock").is_file() {
        let dir = dir.to_owned();
        return Err(Error::UnknownFiles { dir });
    }
    if !empty && owner != our_uid {
        return Err(other_owner());
    }
    if owner != our_uid {
        chown(dir, Some(our_uid), None).map_err(Error::io("change the owner of", dir))?;
    }
    Ok(())
}

/// True if the directory is empty, apart from the `lost+found` of a new file system.
fn is_empty(dir: &Path) -> Result<bool, Error> {
    let entries = fs::read_dir(dir).map_err(Error::io("read", dir))?;
    Ok(entries
        .flatten()
        .all(|entry| entry.file_name() == "lost+found"))
}

/// Creates a 0700 directory owned by the account.
pub(super) fn create_private(dir: &Path, account: &OsAccount) -> Result<(), Error> {
    DirBuilder::new()
        .mode(0o700)
        .create(dir)
        .map_err(Error::io("create", dir))?;
    if account.switch {
        chown(dir, Some(account.uid), Some(account.gid))
            .map_err(Error::io("change the owner of", dir))?;
    }
    Ok(())
}
