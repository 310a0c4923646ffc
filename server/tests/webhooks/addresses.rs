//! Where webhooks may lead.

use crate::receiver::{Receiver, Scene, own_network};
use axum::{Router, routing::post};
use axum_server::tls_rustls::RustlsConfig;
use guildhall::store::MIGRATIONS;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use server::{config::WebhookConfig, worker::Lookup};
use sqlx::PgPool;
use std::{
    fs,
    net::{IpAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const REFUSED: &str = "This address does not lead to the public internet.";

/// Answers each look-up with the next of these addresses, the last one from then on, and counts them.
fn lookup(answers: &'static [&'static [&'static str]]) -> (Lookup, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let lookup: Lookup = Arc::new(move |_| {
        let turn = counted.fetch_add(1, Ordering::Relaxed);
        let answer = answers[turn.min(answers.len() - 1)];
        let found: Vec<IpAddr> = answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    });
    (lookup, count)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(pool: PgPool) {
    const ANSWERS: &[&[&str]] = &[
        &["127.0.0.1"],
        &["::ffff:10.0.0.1"],
        &["169.254.169.254"],
        &["64:ff9b::a9fe:a9fe"],
        &["93.184.215.14", "10.0.0.1"],
    ];
    let (lookup, count) = lookup(ANSWERS);
    let none = WebhookConfig::default();
    let url = "https://hooks.example.com/";
    let scene = Scene::with(&pool, url, "standard", &none, &lookup).await;
    scene.push().await;
    for turn in 1..=ANSWERS.len() {
        sqlx::query("update webhook set next_try_at = clock_timestamp()")
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(scene.pass().await, 1);
        assert_eq!(scene.log().await[0].error.as_deref(), Some(REFUSED));
        assert_eq!(
            count.load(Ordering::Relaxed),
            turn,
            "asked once for each request"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_as_host_is_refused_without_a_look_up(pool: PgPool) {
    let (lookup, count) = lookup(&[&["8.8.8.8"]]);
    let none = WebhookConfig::default();
    for url in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/",
        "http://8.8.8.8/",
        "https://8.8.8.8:25/",
    ] {
        let scene = Scene::with(&pool, url, "standard", &none, &lookup).await;
        assert_eq!(scene.post().await.error.as_deref(), Some(REFUSED), "{url}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_name_that_leads_elsewhere_the_second_time_is_asked_once_for_each_request(pool: PgPool) {
    let mut receiver = Receiver::start(OK).await;
    let url = receiver.url.replace("127.0.0.1", "hooks.internal");
    let (lookup, count) = lookup(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let scene = Scene::with(&pool, &url, "standard", &own_network(), &lookup).await;
    assert_eq!(scene.post().await.error, None);
    assert_eq!(
        (receiver.requests().len(), count.load(Ordering::Relaxed)),
        (1, 1)
    );
    assert_eq!(scene.post().await.error.as_deref(), Some(REFUSED));
    assert_eq!(
        (receiver.requests().len(), count.load(Ordering::Relaxed)),
        (0, 2)
    );
}

/// A receiver over https whose certificate has this name, and the settings that trust it.
fn https_receiver(name: &str) -> (u16, WebhookConfig, tempfile::TempDir) {
    let files = tempfile::tempdir().unwrap();
    let certificate = files.path().join("certificate.pem");
    let pair = generate_simple_self_signed([name.to_owned()]).unwrap();
    let CertifiedKey { cert, signing_key } = pair;
    fs::write(&certificate, cert.pem()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let pem = (
            cert.pem().into_bytes(),
            signing_key.serialize_pem().into_bytes(),
        );
        let tls = RustlsConfig::from_pem(pem.0, pem.1).await.unwrap();
        let hook = Router::new().route("/hook", post(|| async { "thanks" }));
        let server = axum_server::from_tcp_rustls(listener, tls).unwrap();
        server.serve(hook.into_make_service()).await.unwrap();
    });
    let config = WebhookConfig {
        webhook_ca: Some(certificate),
        ..own_network()
    };
    (port, config, files)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_certificate_of_another_name_is_refused(pool: PgPool) {
    let (lookup, _) = lookup(&[&["127.0.0.1"]]);
    for (name, is_accepted) in [("hooks.example.com", true), ("other.example.com", false)] {
        let (port, config, _files) = https_receiver(name);
        let url = format!("https://hooks.example.com:{port}/hook");
        let scene = Scene::with(&pool, &url, "standard", &config, &lookup).await;
        let logged = scene.post().await;
        match is_accepted {
            true => assert_eq!((logged.error, logged.answer.as_str()), (None, "thanks")),
            false => {
                let error = logged.error.unwrap();
                assert!(error.contains("certificate"), "{error}");
                assert_eq!(logged.status, None);
            }
        }
    }
}
