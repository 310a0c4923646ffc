//! `guildhall health` with an HTTPS server.

use crate::{
    fixture::Pair,
    program::{Server, output},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_health_check_uses_https_only_with_a_certificate(pool: PgPool) {
    let pair = Pair::new();
    let by_tls = Server::start(&pool, &pair.flags()).await;
    let plain = Server::start(&pool, &[]).await;
    let (by_tls, plain) = (by_tls.addr.to_string(), plain.addr.to_string());
    let ask = async |flags: &[&str]| output(&[&["health", "--addr"], flags].concat()).await;
    let certificate = &pair.flags()[..2];
    assert!(
        ask(&[&[&*by_tls], certificate].concat())
            .await
            .status
            .success()
    );
    assert!(ask(&[&*plain]).await.status.success());
    for wrong in [&[&*by_tls][..], &[&[&*plain], certificate].concat()] {
        let output = ask(wrong).await;
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        let output = String::from_utf8(output.stderr).unwrap();
        assert!(output.contains("is unhealthy: "), "{output}");
        assert_eq!(output.lines().count(), 1, "{output}");
    }
}
