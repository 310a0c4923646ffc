//! The directory of the socket: only PostgreSQL's user can enter it, and its path is short enough for a socket.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Error;
use super::account::OsAccount;
use super::home::create_private;
use super::leftover::cluster_name;
use super::pid_file::PORT;

/// `sun_path` of unix(7) has 108 bytes, including the terminating zero.
const PATH_BYTES_MAX: usize = 107;

/// The cluster's own directory, or one created for the socket if its path is too long or has special characters. Both
/// have mode 0700.
pub(super) fn private_dir(cluster: &Path, account: &OsAccount) -> Result<PathBuf, Error> {
    if check_length(cluster).is_ok() && is_plain(cluster) {
        return Ok(cluster.to_owned());
    }
    // Only root can write to /run, but anyone can write to /tmp, so check the owner below.
    let parent = if account.switch { "/run" } else { "/tmp" };
    let dir = Path::new(parent).join(cluster_name(cluster));
    check_length(&dir)?;
    if fs::symlink_metadata(&dir).is_err() {
        create_private(&dir, account)?;
    }
    check_private(&dir, account)?;
    Ok(dir)
}

/// Anyone may have created something with that name in /tmp, such as a symbolic link.
fn check_private(dir: &Path, account: &OsAccount) -> Result<(), Error> {
    let found = fs::symlink_metadata(dir).map_err(Error::io("inspect", dir))?;
    if found.is_dir() && found.uid() == account.uid && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let (dir, user) = (dir.to_owned(), account.name.clone());
    Err(Error::SocketDirTaken { dir, user })
}

/// The system would truncate or refuse a longer socket path.
pub(super) fn check_length(dir: &Path) -> Result<(), Error> {
    let path = dir.join(format!(".s.PGSQL.{PORT}"));
    let bytes = path.as_os_str().len();
    if bytes > PATH_BYTES_MAX {
        return Err(Error::SocketPathTooLong { path, bytes });
    }
    Ok(())
}

/// True if the path has no special characters: `unix_socket_directories` is a list with quotes and commas.
fn is_plain(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/-._".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_over_107_bytes_gets_a_clear_message() {
        let dir = |bytes: usize| PathBuf::from("/".to_owned() + &"x".repeat(bytes - 1));
        let name_bytes = "/.s.PGSQL.5432".len();
        assert!(check_length(&dir(107 - name_bytes)).is_ok());
        let refused = check_length(&dir(108 - name_bytes)).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("is 108 bytes long, but the system accepts at most 107")
        );
    }
}
