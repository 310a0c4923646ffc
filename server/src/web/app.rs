use super::oauth;
use crate::{api, config::ServeConfig, identity::Providers};
use anyhow::{Context, ensure};
use guildhall::{account::Hasher, bid::Combiner};
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use std::{path::PathBuf, sync::Arc};

/// What every door has at hand.
#[derive(Clone)]
pub struct App {
    pub pool: PgPool,
    /// Bids that come at the same time and share a transaction.
    pub(crate) bids: Combiner,
    pub(super) hasher: Hasher,
    /// Of its own, so that a flood of sign-ups keeps nobody from signing in.
    pub(super) sign_up_hasher: Hasher,
    pub(super) options: LeptosOptions,
    pub(crate) settings: Arc<Settings>,
    pub(crate) api_limits: Arc<api::Limits>,
    pub(super) limits: Arc<oauth::Limits>,
    /// That people can sign in with.
    pub(super) providers: Providers,
    /// The API, for programs and for people.
    pub(crate) described: Arc<api::Described>,
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
}

impl App {
    /// Takes what was configured.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn new(pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        // Once a process; a second router in it, as in tests, finds it done.
        let _ = any_spawner::Executor::init_tokio();
        let https = match config.public_url.as_deref() {
            None => false,
            Some(url) if url.starts_with("https://") => true,
            Some(url) => {
                ensure!(
                    url.starts_with("http://"),
                    "the public URL has to begin with https:// or http://"
                );
                false
            }
        };
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
            .hash_files(
                std::env::current_exe().is_ok_and(|exe| exe.with_file_name("hash.txt").exists()),
            )
            .build();
        let settings = Settings {
            site_root: config.site_root.clone(),
            https,
            trusted_proxies: config.trusted_proxies.into(),
            base_url: match &config.public_url {
                Some(url) => url.trim_end_matches('/').to_owned(),
                None => format!("http://{}", config.addr),
            },
        };
        let providers = Providers::load(config.providers.as_deref(), &settings.base_url)?;
        Ok(Self {
            described: Arc::new(api::Described::new(&settings.base_url)),
            bids: Combiner::new(pool.clone()),
            pool,
            hasher: Hasher::new(config.hashing_places.into()),
            sign_up_hasher: Hasher::new(1),
            options,
            settings: Arc::new(settings),
            api_limits: Arc::new(api::Limits::new(config.api_rate_limit)),
            limits: Arc::default(),
            providers,
        })
    }
}
