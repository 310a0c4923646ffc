//! Invalid TLS settings, each refused with one message before anything else starts.

use crate::{fixture::Pair, program::output};
use std::{fs, path::Path};

/// The program's message when it refuses to start.
async fn refusal(flags: &[&str]) -> String {
    // The files are read before a port or a database is opened.
    let arguments = [&["serve", "--addr", "127.0.0.1:0"], flags].concat();
    let output = output(&arguments).await;
    assert_eq!(output.status.code(), Some(1), "{flags:?}");
    let output = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.lines().count(), 1, "{output}");
    output
        .trim_end()
        .strip_prefix("guildhall: ")
        .unwrap()
        .to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn one_file_without_the_other_is_refused() {
    let pair = Pair::new();
    let flags = pair.flags();
    assert_eq!(
        refusal(&flags[..2]).await,
        "--tls-certificate goes with --tls-key: give both or neither"
    );
    assert_eq!(
        refusal(&flags[2..]).await,
        "--tls-key goes with --tls-certificate: give both or neither"
    );
}

#[tokio::test]
async fn missing_or_invalid_files_are_reported() {
    let (pair, other) = (Pair::new(), Pair::new());
    let (certificate, key) = (text(&pair.certificate), text(&pair.key));
    let start = async |certificate: &str, key: &str| {
        refusal(&["--tls-certificate", certificate, "--tls-key", key]).await
    };
    assert_eq!(
        start("/nowhere/c.pem", key).await,
        "cannot read the certificate /nowhere/c.pem: No such file or directory (os error 2)"
    );
    assert_eq!(
        start(certificate, "/nowhere/k.pem").await,
        "cannot read the private key /nowhere/k.pem: No such file or directory (os error 2)"
    );
    assert_eq!(
        start(key, key).await,
        format!("there is no certificate in {key}: it must be a PEM file with BEGIN CERTIFICATE")
    );
    assert_eq!(
        start(certificate, certificate).await,
        format!(
            "there is no private key in {certificate}: it must be an unencrypted PEM file with BEGIN PRIVATE KEY"
        )
    );
    assert_eq!(
        start(certificate, text(&other.key)).await,
        format!(
            "the private key {} does not belong to the first certificate in {certificate}",
            other.key.display()
        )
    );
    fs::write(&pair.key, "x".repeat(256 * 1024 + 1)).unwrap();
    assert_eq!(
        start(certificate, key).await,
        format!("cannot read the private key {key}: it is larger than 262144 bytes")
    );
    let torn = "-----BEGIN CERTIFICATE-----\nMIIB\n";
    fs::write(&other.certificate, torn).unwrap();
    let output = start(text(&other.certificate), text(&other.key)).await;
    assert!(output.contains("is not a PEM file"), "{output}");
    let nonsense = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    fs::write(&other.certificate, nonsense).unwrap();
    let output = start(text(&other.certificate), text(&other.key)).await;
    assert!(output.contains("cannot serve the certificate"), "{output}");
}
