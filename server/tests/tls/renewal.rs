//! Renewing the certificate while the server runs.

use crate::{fixture::Pair, program::Server};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::{
    fs,
    time::{Duration, Instant},
};

/// True if a new connection that trusts only this certificate succeeds.
async fn is_served(server: &Server, pair: &Pair) -> bool {
    let client = pair.client().build().unwrap();
    let request = client.get(format!("{}/healthz", server.url));
    request.send().await.is_ok()
}

async fn is_served_within(server: &Server, pair: &Pair, bound: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < bound {
        if is_served(server, pair).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_renewed_certificate_is_served_and_an_incomplete_renewal_is_not(pool: PgPool) {
    let (served, first) = (Pair::new(), Pair::new());
    for (from, to) in [
        (&first.certificate, &served.certificate),
        (&first.key, &served.key),
    ] {
        fs::copy(from, to).unwrap();
    }
    let server = Server::start(&pool, &served.flags()).await;
    let first_client = first.client().build().unwrap();
    let ask = async || {
        let request = first_client.get(format!("{}/healthz", server.url)).send();
        request.await.unwrap().status().as_u16()
    };
    assert_eq!(ask().await, 200);

    // The new certificate has been written but not its key: the server keeps the old pair.
    let second = Pair::new();
    fs::copy(&second.certificate, &served.certificate).unwrap();
    server.signal("HUP").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(is_served(&server, &first).await);
    assert!(!is_served(&server, &second).await);

    fs::copy(&second.key, &served.key).unwrap();
    server.signal("HUP").await;
    // This is sooner than the next regular check.
    assert!(is_served_within(&server, &second, Duration::from_millis(4_500)).await);
    assert!(!is_served(&server, &first).await);
    assert_eq!(ask().await, 200, "existing connections stay open");

    // A renewal is noticed without a signal, too.
    let third = Pair::new();
    fs::copy(&third.certificate, &served.certificate).unwrap();
    fs::copy(&third.key, &served.key).unwrap();
    assert!(is_served_within(&server, &third, Duration::from_secs(15)).await);
}
