//! Fixtures: certificates made for the tests, and clients that trust only one of them.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client, ClientBuilder, redirect};
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

/// A directory with a certificate and its key, deleted when the test ends.
pub struct Pair {
    folder: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Pair {
    /// A new certificate for this machine.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("guildhall-tls-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let pair = Self {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
            folder,
        };
        fs::write(&pair.certificate, cert.pem()).unwrap();
        fs::write(&pair.key, signing_key.serialize_pem()).unwrap();
        pair
    }

    pub fn flags(&self) -> [&str; 4] {
        let [certificate, key] = [&self.certificate, &self.key].map(|path| path.to_str().unwrap());
        ["--tls-certificate", certificate, "--tls-key", key]
    }

    /// A client that trusts this certificate and no other.
    pub fn client(&self) -> ClientBuilder {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let trusted = Certificate::from_pem(&fs::read(&self.certificate).unwrap()).unwrap();
        Client::builder()
            .tls_built_in_root_certs(false)
            .add_root_certificate(trusted)
            .redirect(redirect::Policy::none())
            .no_proxy()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
