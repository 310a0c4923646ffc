use super::{
    api_docs::Docs, crawler::Sitemaps, layers::traffic::Traffic, oauth, page_cache::PageCache,
    passkey::Passkeys, rendered_pages::RenderedPages,
};
use crate::{
    config::ServeConfig, database::outage::Breaker, identity::Providers, live::StreamPlaces,
    state::Shared,
};
use anyhow::{Context, anyhow, ensure};
use app::writes::WebhookAccess;
use axum::extract::FromRef;
use guildhall::{
    account::Hasher, device::Signer, export::ExportSigner, notice::Unsubscriber,
    second_factor::TotpSecrets,
};
use leptos::config::LeptosOptions;
use sqlx::PgPool;
use std::{ops::Deref, sync::Arc};

/// The state of the page handlers: what pages share with the API, and parts of their own, each declared beside the
/// handlers that need it. A handler takes all of it as `State<Web>`, or a single part that has a [`FromRef`]. Cloning
/// it only increments a count.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

pub(crate) struct Parts {
    shared: Shared,
    pub options: LeptosOptions,
    pub(super) hasher: Hasher,
    /// Separate, so that a flood of sign-ups cannot keep anyone from signing in.
    pub(super) sign_up_hasher: Hasher,
    /// Signs the cookies of browsers that have signed in.
    pub(super) devices: Signer,
    /// Signs the links that end a kind of mail.
    pub(super) unsubscriber: Unsubscriber,
    /// Signs the links to exports.
    pub(super) exports: Arc<ExportSigner>,
    /// The networks that webhooks may reach, and the keys that sign their messages.
    pub(super) webhooks: Arc<WebhookAccess>,
    /// The secrets behind the codes of the second factor.
    pub(super) totp: Arc<TotpSecrets>,
    /// Whether and how passkeys are made here.
    pub(super) passkeys: Passkeys,
    /// The identity providers to sign in with.
    pub(super) providers: Providers,
    pub(super) oauth_limits: Arc<oauth::OauthLimits>,
    /// Limits how many pages, streams and bids each address may request.
    pub(super) traffic: Traffic,
    /// Content that pages showed recently.
    pub(super) pages: PageCache,
    /// Pages rendered recently for visitors without a session.
    pub(super) rendered: RenderedPages,
    /// Lists projects for search engines.
    pub(super) sitemaps: Sitemaps,
    /// How many streams may be open.
    pub(super) places: Arc<StreamPlaces>,
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
        // Once per process; in tests, further routers find it already done.
        let _ = any_spawner::Executor::init_tokio();
        let base_url = &shared.settings.base_url;
        Ok(Self(Arc::new(Parts {
            options: options(config)?,
            hasher: Hasher::new(config.hashing_places.into(), config.hash_cost)?,
            sign_up_hasher: Hasher::new(1, config.hash_cost)?,
            devices: Signer::default(),
            unsubscriber: Unsubscriber::default(),
            exports: Arc::default(),
            totp: Arc::default(),
            passkeys: Passkeys::new(base_url),
            webhooks: Arc::new(WebhookAccess {
                networks: config.webhooks.webhook_networks.clone(),
                ..WebhookAccess::default()
            }),
            providers: Providers::load(config.providers.as_deref(), base_url)?,
            oauth_limits: Arc::default(),
            traffic: Traffic::new(config),
            pages: PageCache::default(),
            rendered: RenderedPages::default(),
            sitemaps: Sitemaps::default(),
            places: Arc::new(StreamPlaces::new(
                config.live_streams,
                config.live_streams_per_address,
            )),
            docs,
            shared,
        })))
    }
}

/// Where the static files of the pages are and what they are called.
fn options(config: &ServeConfig) -> anyhow::Result<LeptosOptions> {
    let hash_file = hash_file(config)?;
    let site_root = config.site_root.to_str();
    // The file names below the site's root are fixed at build time, in Cargo.toml.
    Ok(LeptosOptions::builder()
        .output_name(env!("LEPTOS_OUTPUT_NAME"))
        .site_root(
            site_root
                .context("the site root must be valid UTF-8")?
                .to_owned(),
        )
        .site_addr(config.addr)
        .reload_port(config.live_reload.reload_port.into())
        .hash_files(hash_file.is_some())
        .hash_file(hash_file.unwrap_or_default().into())
        .build())
}

/// The file that lists the hashes in the names of static files, if their names have hashes.
///
/// # Errors
/// If the configured file is missing: pages would link to files that do not exist.
fn hash_file(config: &ServeConfig) -> anyhow::Result<Option<String>> {
    let Some(path) = &config.hash_file else {
        // cargo-leptos renames no files while it watches, and another build may have left such a file behind.
        if config.live_reload.port().is_some() {
            return Ok(None);
        }
        let beside = std::env::current_exe().map(|exe| exe.with_file_name("hash.txt"));
        return Ok(beside
            .is_ok_and(|file| file.exists())
            .then(|| "hash.txt".to_owned()));
    };
    let file = std::path::absolute(path)?;
    ensure!(
        file.is_file(),
        "there is no file {} with the hashes of the static files: build the pages, or correct LEPTOS_HASH_FILE_NAME",
        file.display()
    );
    let file = file.into_os_string().into_string();
    file.map(Some)
        .map_err(|_| anyhow!("the path of the hash file must be valid UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cli, Command};
    use clap::Parser;

    #[test]
    fn a_missing_hash_file_is_named_in_the_error() {
        let arguments = ["guildhall", "serve", "--hash-file", "/nowhere/hash.txt"];
        let Command::Serve(config) = Cli::parse_from(arguments).command else {
            panic!("expected the serve command")
        };
        let error = hash_file(&config).expect_err("it is not there").to_string();
        assert!(error.contains("no file /nowhere/hash.txt"), "{error}");
    }
}
