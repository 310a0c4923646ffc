use super::{
    api_docs::Docs, crawler::Sitemaps, layers::traffic::Traffic, oauth, rendered::Rendered,
    seen::Seen,
};
use crate::{
    config::ServeConfig, database::outage::Breaker, identity::Providers, live::Places,
    state::Shared,
};
use anyhow::{Context, anyhow, ensure};
use axum::extract::FromRef;
use guildhall::{account::Hasher, device::Signer};
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use std::{ops::Deref, sync::Arc};

/// What the handlers of pages have at hand: what is shared with the API, and parts of their own, each declared beside the handlers
/// that need it. A handler takes all by `State<Web>`, or a part alone where there is a [`FromRef`] for it. A copy is one count more.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

pub(crate) struct Parts {
    shared: Shared,
    pub options: LeptosOptions,
    pub(super) hasher: Hasher,
    /// Of its own, so that a flood of sign-ups keeps nobody from signing in.
    pub(super) sign_up_hasher: Hasher,
    /// Signs the cookies of browsers that signed in.
    pub(super) devices: Signer,
    /// That people can sign in with.
    pub(super) providers: Providers,
    pub(super) oauth_limits: Arc<oauth::Limits>,
    /// How many pages each address may ask for.
    pub(super) traffic: Traffic,
    /// What pages showed a moment ago.
    pub(super) pages: Seen,
    /// How they showed it to those without a session.
    pub(super) rendered: Rendered,
    /// Which projects search engines were shown.
    pub(super) sitemaps: Sitemaps,
    pub(super) places: Arc<Places>,
    pub(super) docs: Docs,
}

impl Deref for Web {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Deref for Parts {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl FromRef<Web> for PgPool {
    fn from_ref(web: &Web) -> Self {
        web.pool.clone()
    }
}

impl FromRef<Web> for Breaker {
    fn from_ref(web: &Web) -> Self {
        web.breaker.clone()
    }
}

impl FromRef<Web> for Shared {
    fn from_ref(web: &Web) -> Self {
        web.shared.clone()
    }
}

impl Web {
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub(crate) fn new(shared: Shared, docs: Docs, config: &ServeConfig) -> anyhow::Result<Self> {
        // Once a process; a second router in it, as in tests, finds it done.
        let _ = any_spawner::Executor::init_tokio();
        let base_url = &shared.settings.base_url;
        Ok(Self(Arc::new(Parts {
            options: options(config)?,
            hasher: Hasher::new(config.hashing_places.into())?,
            sign_up_hasher: Hasher::new(1)?,
            devices: Signer::default(),
            providers: Providers::load(config.providers.as_deref(), base_url)?,
            oauth_limits: Arc::default(),
            traffic: Traffic::new(config),
            pages: Seen::default(),
            rendered: Rendered::default(),
            sitemaps: Sitemaps::default(),
            places: Arc::new(Places::new(
                config.live_streams,
                config.live_streams_per_address,
            )),
            docs,
            shared,
        })))
    }
}

/// Where the pages' files are, and what they are called.
fn options(config: &ServeConfig) -> anyhow::Result<LeptosOptions> {
    let hash_file = hash_file(config)?;
    let site_root = config.site_root.to_str();
    // The file names below the site's root are settled at build time, in Cargo.toml.
    Ok(LeptosOptions::builder()
        .output_name(env!("LEPTOS_OUTPUT_NAME"))
        .site_root(
            site_root
                .context("the site's root has to be plain text")?
                .to_owned(),
        )
        .site_addr(config.addr)
        .reload_port(config.live_reload.reload_port.into())
        .hash_files(hash_file.is_some())
        .hash_file(hash_file.unwrap_or_default().into())
        .build())
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

    #[test]
    fn a_file_of_hashes_that_is_not_there_is_named() {
        let arguments = ["guildhall", "serve", "--hash-file", "/nowhere/hash.txt"];
        let Command::Serve(config) = Cli::parse_from(arguments).command else {
            panic!("serve was given")
        };
        let error = hash_file(&config).expect_err("it is not there").to_string();
        assert!(error.contains("no file /nowhere/hash.txt"), "{error}");
    }
}
