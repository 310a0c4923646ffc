//! The installed PostgreSQL programs, and their version.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

const OLDEST_MAJOR: u32 = 15;
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

/// A directory with all required programs, of one major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tools {
    pub(super) bin: PathBuf,
    pub(super) major: u32,
}

impl Tools {
    /// Uses `$PG_BIN` if set; else the version that created the cluster in `created_by` (directory and major version); else
    /// the newest.
    pub(super) fn find(created_by: Option<(&Path, u32)>) -> Result<Self, Error> {
        let candidates = match env::var_os("PG_BIN").filter(|dir| !dir.is_empty()) {
            Some(dir) => {
                let dir = PathBuf::from(dir);
                vec![Self::at(&dir).ok_or(Error::BadPgBin { dir })?]
            }
            None => installed(),
        };
        choose(&candidates, created_by)
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn at(bin: &Path) -> Option<Self> {
        // Debian's client packages use the same directories but lack the server.
        if !PROGRAMS.iter().all(|name| bin.join(name).is_file()) {
            return None;
        }
        let major = major_of(&output_of(&bin.join("postgres"), "--version")?)?;
        Some(Self {
            bin: bin.to_owned(),
            major,
        })
    }
}

/// Prefers the version that created the cluster, because no other can read it.
pub(super) fn choose(found: &[Tools], created_by: Option<(&Path, u32)>) -> Result<Tools, Error> {
    let same = |tools: &&Tools| created_by.is_some_and(|(_, major)| major == tools.major);
    let newest = found.iter().max_by_key(|tools| tools.major);
    let best = found.iter().find(same).or(newest);
    let best = best.ok_or(Error::NotInstalled)?.clone();
    match created_by {
        Some((dir, made_by)) if made_by != best.major => Err(Error::OtherVersion {
            dir: dir.to_owned(),
            made_by,
            found: best.major,
        }),
        _ if best.major < OLDEST_MAJOR => Err(Error::TooOld {
            found: best.major,
            dir: best.bin,
        }),
        _ => Ok(best),
    }
}

/// Debian has a directory for each version; elsewhere the programs are on the path, or where `pg_config` says.
fn installed() -> Vec<Tools> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let found: Vec<Tools> = versions
        .flatten()
        .filter_map(|entry| Tools::at(&entry.path().join("bin")))
        .collect();
    if found.iter().any(|tools| tools.major >= OLDEST_MAJOR) {
        return found;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let bin_dir = output_of(Path::new("pg_config"), "--bindir");
    let elsewhere = env::split_paths(&path)
        .filter(|dir| dir.is_absolute())
        .chain(bin_dir.map(|dir| PathBuf::from(dir.trim_end())));
    found
        .into_iter()
        .chain(elsewhere.filter_map(|dir| Tools::at(&dir)))
        .collect()
}

fn output_of(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Parses text such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `… 19devel`.
pub(super) fn major_of(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    let end = number
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_created_the_cluster_is_chosen_else_the_newest() {
        let tools = |major| Tools {
            bin: PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")),
            major,
        };
        let choose = |found: &[u32], created_by: Option<u32>| {
            let found: Vec<Tools> = found.iter().map(|&major| tools(major)).collect();
            choose(&found, created_by.map(|major| (Path::new("/data"), major)))
        };
        assert_eq!(choose(&[15, 17, 16], None).unwrap().major, 17);
        assert_eq!(choose(&[15, 17, 16], Some(16)).unwrap().major, 16);
        assert!(matches!(choose(&[], None), Err(Error::NotInstalled)));
        assert!(matches!(
            choose(&[13, 14], None),
            Err(Error::TooOld { found: 14, .. })
        ));
        let other = choose(&[17], Some(15));
        assert!(matches!(
            other,
            Err(Error::OtherVersion {
                made_by: 15,
                found: 17,
                ..
            })
        ));
    }

    #[test]
    fn a_version_is_parsed_from_the_output_of_postgres() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(major_of(debian), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19devel"), Some(19));
        assert_eq!(major_of("bash: postgres: not found"), None);
    }
}
