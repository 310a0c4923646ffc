//! The smallest axum server: one route, bytes in memory, the headers that were asked for. What a read could reach if it cost
//! nothing but HTTP.

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

/// Serves on a free port, which it tells on standard error, until it is ended.
///
/// # Errors
/// One sentence on what can't be read or listened on.
pub async fn serve(config: AnswerConfig) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&config.file)
        .with_context(|| format!("{} can't be read", config.file.display()))?;
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
    // As Guildhall does it: a short answer is sent at once.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(ExitCode::SUCCESS)
}

fn header(line: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let (name, value) = line
        .split_once(": ")
        .with_context(|| format!("{line} is no header"))?;
    Ok((name.parse()?, value.parse()?))
}
