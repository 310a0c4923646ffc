//! HTTPS with the operator's certificate (`--tls-certificate`, `--tls-key`), over HTTP/2 or HTTP/1.1.
//!
//! Invariant: a pair of files that can't be used never replaces one that is served.
//!
//! The files are read again on SIGHUP and every 5 s. If no public URL is set, the server's own URL uses https. Nothing
//! answers plain HTTP on this port, and nothing redirects from port 80: that is left to a proxy.

use crate::config::TlsConfig;
use anyhow::{Context, anyhow, bail, ensure};
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    Error, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};

/// How often the files are checked, and so the maximum delay of a renewal.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The largest file accepted: a certificate chain is some 10 kB long.
const LARGEST_BYTES: u64 = 256 * 1024;

/// The current TLS configuration and its source files.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    served: RustlsConfig,
    /// The hash of the files' contents.
    served_hash: [u8; 32],
}

impl Tls {
    /// Loads the files if both are given; `None` if neither is.
    ///
    /// # Errors
    /// A message for the operator on what is missing or wrong.
    pub fn load(config: &TlsConfig) -> anyhow::Result<Option<Self>> {
        let files = match (&config.tls_certificate, &config.tls_key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => Files {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            (Some(_), None) => bail!("--tls-certificate goes with --tls-key: give both or neither"),
            (None, Some(_)) => bail!("--tls-key goes with --tls-certificate: give both or neither"),
        };
        let texts = files.read()?;
        let served = RustlsConfig::from_config(Arc::new(files.parse(&texts)?));
        Ok(Some(Self {
            served_hash: texts.hash(),
            files,
            served,
        }))
    }

    /// The configuration used by new handshakes; it follows reloads.
    #[must_use]
    pub fn served(&self) -> RustlsConfig {
        self.served.clone()
    }

    /// Checks the files on SIGHUP and every 5 s, and loads them if they have changed, until the runtime shuts down.
    ///
    /// Warns once about a pair that cannot be used: a renewal writes one file after the other.
    pub async fn reload_when_changed(mut self) {
        let mut hangup_signals = signal(SignalKind::hangup()).ok();
        let mut last_warning = String::new();
        loop {
            let hung_up = async {
                match &mut hangup_signals {
                    Some(hangup_signals) => hangup_signals.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = hung_up => {}
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
            let reloaded = spawn_blocking(move || {
                let reloaded = self.reload_if_changed();
                (self, reloaded)
            });
            // This fails only during shutdown.
            let Ok((tls, reloaded)) = reloaded.await else {
                return;
            };
            self = tls;
            match reloaded {
                Ok(()) => last_warning.clear(),
                Err(error) => {
                    let message = format!("{error:#}");
                    if message != last_warning {
                        tracing::warn!(error = message, "cannot use the renewed certificate");
                        last_warning = message;
                    }
                }
            }
        }
    }

    /// Loads the files' contents if they are new and valid.
    fn reload_if_changed(&mut self) -> anyhow::Result<()> {
        let texts = self.files.read()?;
        let hash = texts.hash();
        if hash != self.served_hash {
            let config = self.files.parse(&texts)?;
            self.served.reload_from_config(Arc::new(config));
            self.served_hash = hash;
            tracing::info!("now serving the renewed certificate");
        }
        Ok(())
    }
}

/// The paths of the certificate and its key.
#[derive(Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The files' contents.
struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Texts {
    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for text in [&self.certificate, &self.key] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

impl Files {
    fn read(&self) -> anyhow::Result<Texts> {
        let certificate = &self.certificate;
        let key = &self.key;
        Ok(Texts {
            certificate: read(certificate).with_context(|| {
                format!("cannot read the certificate {}", certificate.display())
            })?,
            key: read(key)
                .with_context(|| format!("cannot read the private key {}", key.display()))?,
        })
    }

    fn parse(&self, texts: &Texts) -> anyhow::Result<ServerConfig> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&texts.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| anyhow!("the certificate {certificate} is not a PEM file: {error}"))?;
        ensure!(
            !chain.is_empty(),
            "there is no certificate in {certificate}: it must be a PEM file with BEGIN CERTIFICATE"
        );
        let private = PrivateKeyDer::from_pem_slice(&texts.key).map_err(|_| {
            anyhow!("there is no private key in {key}: it must be an unencrypted PEM file with BEGIN PRIVATE KEY")
        })?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| match error {
                Error::InconsistentKeys(_) => {
                    anyhow!("the private key {key} does not belong to the first certificate in {certificate}")
                }
                error => anyhow!("cannot serve the certificate {certificate} with {key}: {error}"),
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // With tickets, returning clients skip the costly half of the handshake; after a network failure, all return at
        // once.
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        Ok(config)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = LARGEST_BYTES + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    ensure!(
        (bytes.len() as u64) < most,
        "it is larger than {LARGEST_BYTES} bytes"
    );
    Ok(bytes)
}
