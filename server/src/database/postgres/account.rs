//! The user that PostgreSQL runs as: our own, but never root, because PostgreSQL refuses to run as root.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Error;

const ROOT: u32 = 0;
const PASSWD: &str = "/etc/passwd";
const SAFE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The user that runs PostgreSQL and owns its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OsAccount {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// True if this process is root and must switch to the user.
    pub(super) switch: bool,
}

impl OsAccount {
    /// Chooses our own user; if that is root, the owner of an existing cluster, else `postgres`, else `nobody`.
    pub(super) fn choose(cluster: Option<&Metadata>) -> Result<Self, Error> {
        let passwd = fs::read_to_string(PASSWD).unwrap_or_default();
        let own_metadata = own_metadata()?;
        if own_metadata.uid() != ROOT {
            return Ok(Self::of(&passwd, &own_metadata, false));
        }
        if let Some(cluster) = cluster.filter(|cluster| cluster.uid() != ROOT) {
            return Ok(Self::of(&passwd, cluster, true));
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| find_by_name(&passwd, name))
            .ok_or(Error::NoAccount)
    }

    fn of(passwd: &str, owner: &Metadata, switch: bool) -> Self {
        let name = entries(passwd)
            .find(|entry| entry.1 == owner.uid())
            .map_or_else(|| owner.uid().to_string(), |entry| entry.0.to_owned());
        Self {
            name,
            uid: owner.uid(),
            gid: owner.gid(),
            switch,
        }
    }

    /// A command that runs as this user and gets SIGINT when the thread that spawned it ends.
    ///
    /// The program setpriv does what would otherwise need `unsafe` between fork and exec. It sets the signal after
    /// changing the user, because the kernel clears it on that change. The command has its own process group, so that
    /// Ctrl-C in the terminal reaches only the server, and its own environment, so that the caller's `PG…` variables do
    /// not affect it.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if self.switch {
            command.args(["--reuid", &self.uid.to_string()]);
            command.args(["--regid", &self.gid.to_string(), "--clear-groups"]);
        }
        command
            .arg("--")
            .arg(program)
            .env_clear()
            .env("PATH", SAFE_PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("PGCONNECT_TIMEOUT", "5")
            .current_dir("/")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// True if the permission bits let this user enter the directory.
    pub(super) fn may_enter(&self, dir: &Metadata) -> bool {
        let bit = if dir.uid() == self.uid {
            0o100
        } else if dir.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        dir.mode() & bit != 0
    }
}

/// The metadata of our own process in /proc, which our effective user owns.
fn own_metadata() -> Result<Metadata, Error> {
    let path = Path::new("/proc/self");
    fs::metadata(path).map_err(Error::io("inspect", path))
}

pub(super) fn my_uid() -> Result<u32, Error> {
    own_metadata().map(|metadata| metadata.uid())
}

pub(super) fn is_root() -> bool {
    my_uid().is_ok_and(|uid| uid == ROOT)
}

/// The account with that name, for root to switch to.
pub(super) fn find_by_name(passwd: &str, name: &str) -> Option<OsAccount> {
    let (name, uid, gid) = entries(passwd).find(|entry| entry.0 == name && entry.1 != ROOT)?;
    Some(OsAccount {
        name: name.to_owned(),
        uid,
        gid,
        switch: true,
    })
}

/// Name, user id and group id of every well-formed line, see passwd(5).
fn entries(passwd: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((name, uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_passwd_but_never_root() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\npostgres:x:101:104::/var/lib/postgresql:/bin/bash\nevil:x:0:0::/:/bin/sh\n";
        let postgres = find_by_name(passwd, "postgres").unwrap();
        assert_eq!((postgres.uid, postgres.gid), (101, 104));
        assert_eq!(find_by_name(passwd, "evil"), None);
        assert_eq!(find_by_name(passwd, "nobody"), None);
    }
}
