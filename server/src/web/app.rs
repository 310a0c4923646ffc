use super::{crawler::Sitemaps, oauth, rendered::Rendered, seen::Seen, traffic::Traffic};
use crate::{
    api,
    cache::gathered::Gathered,
    config::ServeConfig,
    database::outage::Breaker,
    identity::Providers,
    live::{Live, Places},
    monitoring::{disk, readiness::Readiness},
    runtime::heavy,
};
use anyhow::{Context, anyhow, ensure};
use guildhall::{
    account::Hasher, bid::Combiner, cpu::CpuPool, device::Signer, disk::Disk, fairness::Turns,
    project::TotalCache, quota::Quotas,
};
use leptos::config::LeptosOptions;
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{ops::Deref, path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The most texts of projects that are stored or shown at a time. PostgreSQL splits each into words, which takes a core
/// milliseconds, and those of one account wait for each other anyway.
const MOST_DRAFTING: u32 = 3;
/// The least connections for each of them.
const CONNECTIONS_PER_DRAFTING: u32 = 10;

/// What every door has at hand. Each request makes some copies of it, so a copy is one count more.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    pub pool: PgPool,
    /// Whether the database answers.
    pub(crate) breaker: Breaker,
    /// Bids that come at the same time and share a transaction.
    pub(crate) bids: Combiner,
    pub(super) hasher: Hasher,
    /// Of its own, so that a flood of sign-ups keeps nobody from signing in.
    pub(super) sign_up_hasher: Hasher,
    /// For what is heavy apart from passwords.
    pub(crate) heavy: CpuPool,
    /// Turns for publishing, saving and previewing projects, which hold a connection and a core for longer than anything else.
    pub(crate) drafting: Turns,
    /// Signs the cookies of browsers that signed in.
    pub(super) devices: Signer,
    /// Counts what is stored.
    pub(crate) quotas: Quotas,
    pub(super) options: LeptosOptions,
    pub(crate) settings: Arc<Settings>,
    pub(crate) api_limits: Arc<api::Limits>,
    /// What pages showed a moment ago.
    pub(super) pages: Arc<Seen>,
    /// How they showed it to those without a session.
    pub(super) rendered: Rendered,
    /// Which projects search engines were shown.
    pub(super) sitemaps: Sitemaps,
    /// Who asked a moment ago by which token.
    pub(crate) callers: Arc<api::Callers>,
    /// Totals of searches that were too many to count.
    pub(crate) totals: TotalCache,
    /// Reads projects that are asked for at the same moment together.
    pub(crate) gathered: Gathered,
    /// What the API read a moment ago.
    pub(crate) seen: Arc<api::Seen>,
    pub(super) limits: Arc<oauth::Limits>,
    /// How many pages each address may ask for.
    pub(super) traffic: Traffic,
    /// That people can sign in with.
    pub(super) providers: Providers,
    /// The API, for programs and for people.
    pub(crate) described: Arc<api::Described>,
    /// What becomes of projects, for pages that stay open and for whoever remembers an answer.
    pub(crate) live: Live,
    pub(super) places: Arc<Places>,
    /// How much of the private PostgreSQL's disk is free, once it is watched.
    pub disk: Disk,
    /// What `/readyz` names beside the database.
    pub readiness: Readiness,
}

/// What the operator chose.
#[derive(Debug)]
pub(crate) struct Settings {
    pub site_root: PathBuf,
    /// People reach the site by https, so cookies can be Secure.
    pub https: bool,
    pub trusted_proxies: usize,
    /// Where people and programs reach the site, without a slash at the end: the issuer of its tokens.
    pub base_url: String,
    /// The origin that browsers send forms from, where the operator said which it is; otherwise it is the one they ask for.
    pub public_origin: Option<String>,
    /// Where cargo-leptos tells open pages to reload, during development.
    pub live_reload_port: Option<u16>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Takes what was configured.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn new(pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        let bids = Combiner::new(pool.clone());
        Self::with_bids(bids, pool, config)
    }

    /// As [`new`](Self::new), where bids are decided apart from everything else.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn with_bids(bids: Combiner, pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        // Once a process; a second router in it, as in tests, finds it done.
        let _ = any_spawner::Executor::init_tokio();
        let (base_url, https) = origin(config)?;
        let hash_file = hash_file(config)?;
        // The file names below the site's root are settled at build time, in Cargo.toml.
        let options = LeptosOptions::builder()
            .output_name(env!("LEPTOS_OUTPUT_NAME"))
            .site_root(
                config
                    .site_root
                    .to_str()
                    .context("the site's root has to be plain text")?
                    .to_owned(),
            )
            .site_addr(config.addr)
            .reload_port(config.live_reload.reload_port.into())
            .hash_files(hash_file.is_some())
            .hash_file(hash_file.unwrap_or_default().into())
            .build();
        let settings = Settings {
            site_root: config.site_root.clone(),
            https,
            trusted_proxies: config.trusted_proxies.into(),
            public_origin: config.public_url.is_some().then(|| base_url.clone()),
            base_url,
            live_reload_port: config.live_reload.port(),
        };
        let (disk, readiness) = (Disk::default(), Readiness::default());
        let watched = disk.clone();
        readiness.add("disk", move || disk::finding(&watched));
        let providers = Providers::load(config.providers.as_deref(), &settings.base_url)?;
        let drafting = config.database.database_connections / CONNECTIONS_PER_DRAFTING;
        let drafting = drafting.clamp(1, MOST_DRAFTING);
        Ok(Self(Arc::new(Parts {
            described: Arc::new(api::Described::new(&settings.base_url)),
            bids,
            live: Live::new(
                pool.clone(),
                Duration::from_secs(config.live_signed_in_seconds.into()),
            ),
            gathered: Gathered::new(pool.clone()),
            places: Arc::new(Places::new(
                config.live_streams,
                config.live_streams_per_address,
            )),
            pool,
            breaker: Breaker::default(),
            heavy: heavy::pool().context("the threads for heavy work did not start")?,
            drafting: Turns::new(drafting as usize),
            hasher: Hasher::new(config.hashing_places.into())?,
            sign_up_hasher: Hasher::new(1)?,
            devices: Signer::default(),
            quotas: Quotas {
                sign_ups_per_address: config.sign_ups_per_address,
                daily: !config.no_daily_limits,
            },
            options,
            settings: Arc::new(settings),
            totals: TotalCache::default(),
            api_limits: Arc::new(api::Limits::new(config.api_rate_limit)),
            limits: Arc::default(),
            traffic: Traffic::new(config),
            pages: Arc::default(),
            rendered: Rendered::default(),
            sitemaps: Sitemaps::default(),
            callers: Arc::default(),
            seen: Arc::default(),
            providers,
            disk,
            readiness,
        })))
    }

    /// Notices until `stop` when the database does not answer, and when it does again.
    pub fn watch_database(
        &self,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        self.breaker.clone().watch(options, stop)
    }

    /// Ends every stream and begins no other: the server stops, and would wait for them.
    pub fn end_streams(&self) {
        self.live.close();
    }
}

/// The address that the site is known by, without a slash at the end, and whether it is https.
fn origin(config: &ServeConfig) -> anyhow::Result<(String, bool)> {
    let Some(given) = config.public_url.as_deref() else {
        let scheme = config.tls.scheme();
        return Ok((format!("{scheme}://{}", config.addr), scheme == "https"));
    };
    let url = Url::parse(given).with_context(|| format!("the public URL {given} is none"))?;
    ensure!(
        ["https", "http"].contains(&url.scheme()),
        "the public URL has to begin with https:// or http://"
    );
    ensure!(
        config.tls.scheme() == "http" || url.scheme() == "https",
        "the public URL begins with http://, and with a certificate people come by https://"
    );
    // It names this site to programs (RFC 8414, section 2), which compare it letter by letter.
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    ensure!(
        bare && url.query().is_none() && url.fragment().is_none(),
        "the public URL is a scheme, a host and perhaps a port, such as https://guildhall.example, and nothing more"
    );
    Ok((url.origin().ascii_serialization(), url.scheme() == "https"))
}

/// The file with the hashes of the pages' files, if they have any in their names.
///
/// # Errors
/// When the file that was configured is not there: pages would name files that don't exist.
fn hash_file(config: &ServeConfig) -> anyhow::Result<Option<String>> {
    let Some(given) = &config.hash_file else {
        // cargo-leptos renames no files while it watches, and another build may have left such a file.
        if config.live_reload.port().is_some() {
            return Ok(None);
        }
        let beside = std::env::current_exe().map(|exe| exe.with_file_name("hash.txt"));
        return Ok(beside
            .is_ok_and(|file| file.exists())
            .then(|| "hash.txt".to_owned()));
    };
    let file = std::path::absolute(given)?;
    ensure!(
        file.is_file(),
        "there is no file {} with the hashes of the pages' files: build the pages, or correct LEPTOS_HASH_FILE_NAME",
        file.display()
    );
    let file = file.into_os_string().into_string();
    file.map(Some)
        .map_err(|_| anyhow!("the path of the file with the hashes has to be plain text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cli, Command};
    use clap::Parser;

    fn known_as(url: &str) -> Option<(String, bool)> {
        let Command::Serve(config) =
            Cli::parse_from(["guildhall", "serve", "--public-url", url]).command
        else {
            panic!("serve was given")
        };
        origin(&config).ok()
    }

    #[test]
    fn the_public_url_is_an_origin_and_nothing_more() {
        let https = |url: &str| Some((url.to_owned(), true));
        assert_eq!(
            known_as("https://guildhall.example"),
            https("https://guildhall.example")
        );
        assert_eq!(
            known_as("https://Guildhall.example:443/"),
            https("https://guildhall.example")
        );
        assert_eq!(
            known_as("http://127.0.0.1:3000"),
            Some(("http://127.0.0.1:3000".to_owned(), false))
        );
        for url in [
            "guildhall.example",
            "ftp://x.example",
            "https://x.example/path",
            "https://x.example/?q",
            "https://x.example/#f",
            "https://u:p@x.example",
        ] {
            assert_eq!(known_as(url), None, "{url}");
        }
    }

    #[test]
    fn a_file_of_hashes_that_is_not_there_is_named() {
        let arguments = ["guildhall", "serve", "--hash-file", "/nowhere/hash.txt"];
        let Command::Serve(config) = Cli::parse_from(arguments).command else {
            panic!("serve was given")
        };
        let error = hash_file(&config).expect_err("it is not there").to_string();
        assert!(error.contains("no file /nowhere/hash.txt"), "{error}");
    }

    #[test]
    fn with_a_certificate_people_come_by_https_alone() {
        let known_as = |flags: &[&str]| {
            let files = ["--tls-certificate", "c.pem", "--tls-key", "k.pem"];
            let arguments = [&["guildhall", "serve"], &files[..], flags].concat();
            let Command::Serve(config) = Cli::parse_from(arguments).command else {
                panic!("serve was given")
            };
            origin(&config).ok()
        };
        let https = |url: &str| Some((url.to_owned(), true));
        assert_eq!(
            known_as(&["--addr", "192.0.2.1:443"]),
            https("https://192.0.2.1:443")
        );
        let given = "https://guildhall.example";
        assert_eq!(known_as(&["--public-url", given]), https(given));
        assert_eq!(
            known_as(&["--public-url", "http://guildhall.example"]),
            None
        );
    }
}
