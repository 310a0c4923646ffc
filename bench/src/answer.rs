//! A minimal axum server: one route, a body in memory, fixed headers. It shows how fast a read could be if only HTTP
//! cost time.

use crate::config::AnswerConfig;
use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue},
    routing::get,
    serve::ListenerExt,
};
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Serves on a free port, which it prints to standard error, until it is stopped.
///
/// # Errors
/// If the file cannot be read, a header is malformed, or no port is free.
pub async fn serve(config: AnswerConfig) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&config.file)
        .with_context(|| format!("cannot read {}", config.file.display()))?;
    let body = Bytes::from(body);
    let headers = config
        .headers
        .iter()
        .map(|line| header(line))
        .collect::<anyhow::Result<HeaderMap>>()?;
    let router = Router::new().route(
        &config.route,
        get(move || async move { (headers.clone(), body.clone()) }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("Answers on http://{}", listener.local_addr()?);
    // Like Guildhall, disable Nagle's algorithm, so that short answers are sent at once.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(ExitCode::SUCCESS)
}

fn header(line: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let (name, value) = line
        .split_once(": ")
        .with_context(|| format!("{line} is not a header"))?;
    Ok((name.parse()?, value.parse()?))
}
