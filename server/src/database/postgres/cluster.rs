//! The cluster of a directory, created and queried with PostgreSQL's own programs.

use std::fs::{self, File};
use std::path::Path;
use std::process::Output;

use super::account::OsAccount;
use super::error::reports_full_disk;
use super::home::DataDirectory;
use super::log::last_lines;
use super::pid_file::{self, PORT, PidFile};
use super::tools::Tools;
use super::{Error, NAME, url};

/// `trust` is safe because only the cluster's user and root can enter the socket's directory.
#[rustfmt::skip]
const INITDB_OPTIONS: [&str; 7] = ["-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];

/// What is needed to run the cluster of a directory.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) home: DataDirectory,
    pub(super) tools: Tools,
    pub(super) account: OsAccount,
}

/// The URL of a cluster that another process owns, once its database answers.
pub(super) fn find_answering(home: &DataDirectory) -> Result<Option<String>, Error> {
    let Some(file) = PidFile::read(&home.cluster).filter(|file| file.ready) else {
        return Ok(None);
    };
    if !pid_file::is_postmaster(file.pid, &home.cluster) {
        return Ok(None);
    }
    let url = url(&file.socket_dir, file.port);
    let answer = Cluster::at(home.clone())?.psql(&url, "select 1")?;
    Ok(answer.status.success().then_some(url))
}

impl Cluster {
    /// Finds the programs and the user for this directory, and checks that they can run its cluster.
    pub(super) fn at(home: DataDirectory) -> Result<Self, Error> {
        let created = home.cluster_major()?;
        let tools = Tools::find(created.map(|major| (home.cluster.as_path(), major)))?;
        let account = OsAccount::choose(home.cluster_metadata().as_ref())?;
        home.check_enterable(&account)?;
        Ok(Self {
            home,
            tools,
            account,
        })
    }

    /// Runs initdb if the cluster is missing. initdb inherits the lock as its standard input: if this process is
    /// killed, initdb takes a moment to clean up, and the next start must not create the same directory before that.
    pub(super) fn create_if_missing(&self, lock: &File) -> Result<(), Error> {
        if self.home.cluster_metadata().is_some() {
            return Ok(());
        }
        self.home.begin_cluster(&self.account)?;
        let lock = lock
            .try_clone()
            .map_err(Error::io("duplicate the lock in", &self.home.dir))?;
        let initdb = self.tools.program("initdb");
        let output = self
            .account
            .command(&initdb)
            .args(INITDB_OPTIONS)
            .arg("-D")
            .arg(&self.home.new_cluster)
            .stdin(lock)
            .output()
            .map_err(Error::spawn(&initdb))?;
        if output.status.success() {
            return self.home.finish_cluster();
        }
        let output = last_lines(&output.stderr);
        let dir = self.home.dir.clone();
        // The partial files only take up space; the next start would remove them anyway.
        let _ = fs::remove_dir_all(&self.home.new_cluster);
        if reports_full_disk(&output) {
            return Err(Error::DiskFull { path: dir });
        }
        Err(Error::InitFailed { dir, output })
    }

    pub(super) fn create_database_if_missing(&self, socket_dir: &Path) -> Result<(), Error> {
        let database_url = url(socket_dir, PORT);
        if self.psql(&database_url, "select 1")?.status.success() {
            return Ok(());
        }
        // Every cluster has the database `postgres`.
        let postgres_url = database_url.replace(&format!("/{NAME}?"), "/postgres?");
        let created = self.psql(&postgres_url, &format!("create database {NAME}"))?;
        if created.status.success() {
            return Ok(());
        }
        let output = last_lines(&created.stderr);
        if reports_full_disk(&output) {
            let path = self.home.dir.clone();
            return Err(Error::DiskFull { path });
        }
        Err(Error::DatabaseFailed { output })
    }

    /// Runs psql as the cluster's user, because nobody else can enter the socket's directory.
    pub(super) fn psql(&self, url: &str, statement: &str) -> Result<Output, Error> {
        let psql = self.tools.program("psql");
        self.account
            .command(&psql)
            .args(["-X", "-q", "-A", "-t", "-c", statement, url])
            .output()
            .map_err(Error::spawn(&psql))
    }
}
