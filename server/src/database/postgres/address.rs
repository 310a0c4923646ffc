//! The data directory and the URL of the cluster.

use super::{NAME, account};
use std::env;
use std::path::{Path, PathBuf};

/// The default data directory: `$GUILDHALL_DATA_DIR`, else `/var/lib/guildhall/postgres` for root, else
/// `guildhall/postgres` in `$XDG_DATA_HOME` or `~/.local/share`.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    data_dir_from(account::is_root(), |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    })
}

fn data_dir_from(root: bool, variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    if let Some(dir) = variable("GUILDHALL_DATA_DIR") {
        return dir;
    }
    if root {
        return PathBuf::from("/var/lib/guildhall/postgres");
    }
    // The XDG specification says to ignore a relative path.
    variable("XDG_DATA_HOME")
        .filter(|dir| dir.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_default()
        .join("guildhall/postgres")
}

/// The port is part of the socket's name; giving it keeps a stray `$PGPORT` from changing the address.
pub(super) fn url(socket_dir: &Path, port: u16) -> String {
    let host = percent_encode(socket_dir.as_os_str().as_encoded_bytes());
    format!("postgres://{NAME}@localhost:{port}/{NAME}?host={host}")
}

/// RFC 3986: unreserved characters stay, and so does the slash, which a query may contain.
fn percent_encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_slashes_and_encodes_the_rest() {
        assert_eq!(
            percent_encode("/a b/ü&=+%".as_bytes()),
            "/a%20b/%C3%BC%26%3D%2B%25"
        );
        assert_eq!(
            url(Path::new("/run/x"), 5432),
            "postgres://guildhall@localhost:5432/guildhall?host=/run/x"
        );
    }

    #[test]
    fn the_default_directory_follows_the_environment() {
        let dir = |root, set: &[(&str, &str)]| {
            data_dir_from(root, |name| {
                let found = set.iter().find(|pair| pair.0 == name);
                found.map(|pair| PathBuf::from(pair.1))
            })
        };
        let all = [
            ("GUILDHALL_DATA_DIR", "/d"),
            ("XDG_DATA_HOME", "/x"),
            ("HOME", "/h"),
        ];
        assert_eq!(dir(true, &all), Path::new("/d"));
        assert_eq!(
            dir(true, &all[1..]),
            Path::new("/var/lib/guildhall/postgres")
        );
        assert_eq!(dir(false, &all[1..]), Path::new("/x/guildhall/postgres"));
        assert_eq!(
            dir(false, &all[2..]),
            Path::new("/h/.local/share/guildhall/postgres")
        );
    }
}
