//! The part of the configuration that handlers need.

use crate::{config::ServeConfig, mail};
use anyhow::{Context, ensure};
use std::path::PathBuf;
use url::Url;

/// Settings chosen by the operator.
#[derive(Debug)]
pub(crate) struct Settings {
    pub site_root: PathBuf,
    /// True if people reach the site over https, so that cookies can be `Secure`.
    pub https: bool,
    pub trusted_proxies: usize,
    /// The site's public URL, without a trailing slash; also the issuer of its tokens.
    pub base_url: String,
    /// The origin that browsers send forms from, if the operator configured it; otherwise it is derived from the
    /// request.
    pub public_origin: Option<String>,
    /// True if `/dev/mail` shows the mail that was kept because there is no relay.
    pub shows_mail: bool,
    /// True for a demo at another address than this machine's, whose mail everybody may read.
    pub is_public_demo: bool,
    /// The port where cargo-leptos tells open pages to reload, during development.
    pub live_reload_port: Option<u16>,
}

impl Settings {
    /// # Errors
    /// One sentence on what is wrong with the public URL.
    pub fn new(config: &ServeConfig) -> anyhow::Result<Self> {
        let (base_url, https) = origin(config)?;
        Ok(Self {
            site_root: config.site_root.clone(),
            https,
            trusted_proxies: config.trusted_proxies.into(),
            public_origin: config.public_url.is_some().then(|| base_url.clone()),
            is_public_demo: config.demo && !is_here(&base_url),
            shows_mail: mail::may_keep(&base_url, config.demo, config.trusted_proxies),
            base_url,
            live_reload_port: config.live_reload.port(),
        })
    }
}

fn is_here(base_url: &str) -> bool {
    let (_, host) = base_url.split_once("://").unwrap_or_default();
    mail::is_this_machine(host)
}

/// The site's public origin, without a trailing slash, and true if it is https.
///
/// # Errors
/// One sentence on what is wrong with the public URL.
pub(crate) fn origin(config: &ServeConfig) -> anyhow::Result<(String, bool)> {
    let Some(url_text) = config.public_url.as_deref() else {
        let scheme = config.tls.scheme();
        return Ok((format!("{scheme}://{}", config.addr), scheme == "https"));
    };
    let (origin, is_https) = public_origin(url_text)?;
    ensure!(
        config.tls.scheme() == "http" || is_https,
        "the public URL begins with http://, but the certificate makes the site use https://"
    );
    Ok((origin, is_https))
}

/// The origin that a public URL names, without a trailing slash, and true if it is https.
///
/// # Errors
/// One sentence on what is wrong with the URL.
pub(crate) fn public_origin(url_text: &str) -> anyhow::Result<(String, bool)> {
    let url = Url::parse(url_text)
        .with_context(|| format!("the public URL {url_text} is not a valid URL"))?;
    ensure!(
        ["https", "http"].contains(&url.scheme()),
        "the public URL must begin with https:// or http://"
    );
    // The URL identifies this site to programs (RFC 8414, section 2), which compare it character by character.
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    ensure!(
        bare && url.query().is_none() && url.fragment().is_none(),
        "the public URL must have only a scheme, a host and optionally a port, such as https://guildhall.example"
    );
    Ok((url.origin().ascii_serialization(), url.scheme() == "https"))
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
            panic!("expected the serve command")
        };
        origin(&config).ok()
    }

    #[test]
    fn the_public_url_must_be_a_bare_origin() {
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
    fn a_site_with_a_certificate_accepts_only_an_https_url() {
        let known_as = |flags: &[&str]| {
            let files = ["--tls-certificate", "c.pem", "--tls-key", "k.pem"];
            let arguments = [&["guildhall", "serve"], &files[..], flags].concat();
            let Command::Serve(config) = Cli::parse_from(arguments).command else {
                panic!("expected the serve command")
            };
            origin(&config).ok()
        };
        let https = |url: &str| Some((url.to_owned(), true));
        assert_eq!(
            known_as(&["--addr", "192.0.2.1:443"]),
            https("https://192.0.2.1:443")
        );
        let url_text = "https://guildhall.example";
        assert_eq!(known_as(&["--public-url", url_text]), https(url_text));
        assert_eq!(
            known_as(&["--public-url", "http://guildhall.example"]),
            None
        );
    }
}
