//! `bin/check` runs this: it fails when a source file uses something forbidden to its layer. The rules are in
//! `rules.rs`.

mod paths;
mod rules;

use rules::RULES;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let root = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    match sources(Path::new(&root)) {
        Ok(sources) => {
            let problems = rules::check(RULES, &sources);
            for problem in &problems {
                eprintln!("{problem}");
            }
            ExitCode::from(u8::from(!problems.is_empty()))
        }
        Err(error) => {
            eprintln!("layers: the sources can't be read: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A source file: its path relative to the root, with slashes, and its text.
type Source = (String, String);

/// Every Rust file in the folders covered by the rules.
fn sources(root: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in ["src", "app/src", "server/src"] {
        collect(root, &root.join(folder), &mut sources)?;
    }
    sources.sort();
    Ok(sources)
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            collect(root, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let name = below.to_string_lossy().replace('\\', "/");
            sources.push((name, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
