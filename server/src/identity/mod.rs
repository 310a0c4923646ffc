//! The providers that people can sign in with: their configuration, the requests to them, and the validation of their
//! answers.
//!
//! Invariant: an identity counts as vouched for only if the provider itself has just asserted it, to us, for this
//! visitor. The domain's `identity` decides what an identity gives access to.

mod claims;
mod config;
mod discovery;
mod document_cache;
mod github;
mod http;
mod keys;
mod open_id;
mod provider;

pub use provider::{AuthorizationResponse, FlowStart, Provider, SignInFailure};

use anyhow::Context;
use std::{path::Path, sync::Arc};

/// The site's providers, in the order of its configuration file.
#[derive(Debug, Clone, Default)]
pub struct Providers(Arc<Vec<Provider>>);

impl Providers {
    /// Loads the file, if there is one. `base_url` is this site's public URL.
    ///
    /// # Errors
    /// A message for the operator on what is missing or wrong.
    pub fn load(file: Option<&Path>, base_url: &str) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the providers file {}", file.display()))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let entries = config::parse(&text, folder)
            .with_context(|| format!("the providers file {} is invalid", file.display()))?;
        if entries.is_empty() {
            return Ok(Self::default());
        }
        let http = http::Http::new()?;
        let providers = entries
            .into_iter()
            .map(|entry| Provider::new(entry, base_url, &http))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self(Arc::new(providers)))
    }

    /// Finds a provider by the name in its URLs.
    #[must_use]
    pub fn find(&self, slug: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.slug() == slug)
    }

    /// Finds the provider with this issuer, if it is still configured.
    #[must_use]
    pub fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.issuer() == issuer)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }
}
