//! How files and pages are compressed, and how long browsers may cache them.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "support/program.rs"]
mod program;
mod support;

use axum::http::header::HeaderMap;
use guildhall::store::MIGRATIONS;
use program::Server;
use reqwest::Client;
use sqlx::PgPool;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A built site with the program next to its `hash.txt`, as cargo-leptos creates it; deleted when the test ends.
struct BuiltSite(PathBuf);

/// The files in the directory of hashed files.
const FILES: [&str; 3] = [
    "guildhall.Vq1.js",
    "guildhall.Wz2.wasm",
    "guildhall.Xy3.css",
];

impl BuiltSite {
    fn new() -> Self {
        static BUILT: AtomicU32 = AtomicU32::new(0);
        let number = BUILT.fetch_add(1, Ordering::Relaxed);
        let name = format!("guildhall-files-{}-{number}", std::process::id());
        let built = Self(std::env::temp_dir().join(name));
        let pkg = built.site().join("pkg");
        fs::create_dir_all(&pkg).unwrap();
        for name in FILES {
            for (ending, words) in [("", "plain"), (".br", "brotli"), (".gz", "gzip")] {
                let text = format!("{words} {name} ").repeat(100);
                fs::write(pkg.join(format!("{name}{ending}")), text).unwrap();
            }
        }
        let program = Path::new(env!("CARGO_BIN_EXE_guildhall"));
        if fs::hard_link(program, built.program()).is_err() {
            fs::copy(program, built.program()).unwrap();
        }
        fs::write(built.0.join("hash.txt"), "js: Vq1\nwasm: Wz2\ncss: Xy3\n").unwrap();
        built
    }

    fn site(&self) -> PathBuf {
        self.0.join("site")
    }

    fn program(&self) -> PathBuf {
        self.0.join("guildhall")
    }
}

impl Drop for BuiltSite {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn hashed_files_are_sent_precompressed_and_cached_for_a_year(pool: PgPool) {
    let built = BuiltSite::new();
    let site = built.site();
    let flags = ["--site-root", site.to_str().unwrap()];
    let server = Server::start_at(&built.program(), &pool, &flags).await;
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str, accepted: &str, since: &str| {
        let request = client
            .get(format!("{}{path}", server.url))
            .header("accept-encoding", accepted)
            .header("if-modified-since", since);
        request.send().await.unwrap()
    };
    let page = ask("/", "", "").await.text().await.unwrap();
    for name in FILES {
        let path = format!("/pkg/{name}");
        assert!(page.contains(&path), "the page does not load {path}");
        for (accepted, encoding, words) in [
            ("gzip, deflate, br, zstd", "br", "brotli"),
            ("gzip", "gzip", "gzip"),
            ("identity", "", "plain"),
        ] {
            let answer = ask(&path, accepted, "").await;
            let headers = answer.headers().clone();
            assert_eq!(text(&headers, "content-encoding"), encoding, "{name}");
            assert_eq!(text(&headers, "vary"), "accept-encoding", "{name}");
            assert_eq!(
                text(&headers, "cache-control"),
                "public, max-age=31536000, immutable"
            );
            let body = answer.text().await.unwrap();
            assert!(body.starts_with(words), "{name}: {body}");
            let same = ask(&path, accepted, text(&headers, "last-modified")).await;
            assert_eq!(same.status(), 304, "{name}");
            assert!(text(same.headers(), "cache-control").contains("immutable"));
        }
    }
    let missing = ask("/pkg/guildhall.Old.js", "br", "").await;
    assert_eq!(missing.status(), 404);
    assert!(!text(missing.headers(), "cache-control").contains("immutable"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn pages_are_compressed_as_the_browser_accepts(pool: PgPool) {
    let site = support::site(&pool, &[]);
    for path in ["/", "/projects", "/how-it-works", "/nowhere"] {
        for (accepted, encoding) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("identity", ""),
        ] {
            let mut client = support::Client::new(&site);
            client
                .headers
                .push(("accept-encoding", accepted.to_owned()));
            let answer = client.get(path).await;
            assert_eq!(answer.header("content-encoding"), encoding, "{path}");
            let vary = answer.header("vary").to_ascii_lowercase();
            assert!(vary.contains("accept-encoding"), "{path}: {vary}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_running_site_keeps_its_files_during_another_build(pool: PgPool) {
    let built = BuiltSite::new();
    let (site, hashes) = (built.site(), built.0.join("site.hash.txt"));
    fs::rename(built.0.join("hash.txt"), &hashes).unwrap();
    let flags = [
        "--site-root",
        site.to_str().unwrap(),
        "--hash-file",
        hashes.to_str().unwrap(),
    ];
    let server = Server::start_at(&built.program(), &pool, &flags).await;
    // Another build writes its files elsewhere, but writes its hash file next to the program, which both use.
    fs::write(built.0.join("hash.txt"), "js: Aa1\nwasm: Bb2\ncss: Cc3\n").unwrap();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str| client.get(format!("{}{path}", server.url)).send().await;
    let page = ask("/").await.unwrap().text().await.unwrap();
    for name in FILES {
        let path = format!("/pkg/{name}");
        assert!(page.contains(&path), "the page does not load {path}");
        assert_eq!(ask(&path).await.unwrap().status(), 200, "{path}");
    }
}

#[test]
fn each_script_that_builds_the_pages_has_its_own_directory() {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bin");
    let mut folders = Vec::new();
    for entry in fs::read_dir(bin).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let builds =
            |line: &&str| line.contains("build_site") && !line.trim_start().starts_with('#');
        if path.ends_with("env.sh") || !text.lines().any(|line| builds(&line)) {
            continue;
        }
        let folder = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("use_site "));
        folders.push(
            folder
                .unwrap_or_else(|| panic!("{} sets no directory", path.display()))
                .to_owned(),
        );
    }
    folders.sort();
    assert_eq!(
        folders,
        [
            "\"$SITES/bench\"",
            "\"$SITES/lighthouse\"",
            "\"$SITES/run-${addr##*:}\"",
            "\"$SITES/size\"",
            "\"$scratch/site\""
        ]
    );
}
