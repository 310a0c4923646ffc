//! `guildhall serve`: starts the server, and shuts it down gracefully.
//!
//! Bids, awards and the database probe run on a runtime of two threads, with connections of their own: two for bids,
//! eleven for the worker, one for the probe. Nothing that pages or the API do can delay them.
//!
//! On shutdown, requests in progress have 10 s to finish, the worker's transactions 2 s, and connections 2 s to close.

use crate::{
    App,
    commands::seed,
    config::ServeConfig,
    database::{self, Database, runtime},
    mail,
    monitoring::{disk, telemetry::say},
    net::{
        connection::{self, ConnectionLimits},
        open_files,
        tls::Tls,
    },
    state::origin,
    worker::{self, LetterWriter, WebhookClient},
};
use anyhow::{Context, anyhow};
use guildhall::{bid::Combiner, store};
use sqlx::PgPool;
use std::{future::pending, net::SocketAddr, process::ExitCode, time::Duration};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Bids and awards are a few statements each: two threads handle thousands of them per second.
const AUCTION_THREADS: usize = 2;
/// One for each bid transaction that may run concurrently.
pub(crate) const BID_CONNECTIONS: u32 = 2;
/// How long requests in progress may take to finish after a shutdown signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until a shutdown signal arrives.
///
/// # Errors
/// A message for the operator on why it cannot start.
pub fn run(config: ServeConfig) -> anyhow::Result<ExitCode> {
    let tls = Tls::load(&config.tls)?;
    let (base_url, _) = origin(&config)?;
    mail::check_settings(&config.mail, &base_url, config.demo, config.trusted_proxies)?;
    let runtime = runtime()?;
    let auction = auction_runtime()?;
    // Bind the port first: a second server on the same port must not reach the database.
    let listener = runtime.block_on(listen(config.addr))?;
    let database = Database::open(&config.database)?;
    // Raise the limit only now: the private PostgreSQL must not inherit it, because it has a limit of its own.
    let caps = open_files::caps(&config);
    runtime.block_on(serve(config, listener, tls, caps, &database, &auction))?;
    drop((runtime, auction));
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

/// The threads for bids, awards and the database probe, so that expensive pages never delay them.
///
/// # Errors
/// If the system cannot start threads.
fn auction_runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(AUCTION_THREADS)
        .thread_name("auction")
        .enable_all()
        .build()
        .context("the runtime for bids and awards did not start")
}

/// Connects on the runtime that will use the connections.
async fn connect_on(
    runtime: &Runtime,
    database: &Database,
    connections: u32,
) -> anyhow::Result<PgPool> {
    let connecting = database.pool_with(connections);
    runtime
        .spawn(connecting)
        .await
        .context("cannot connect to the database")?
}

async fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!("{addr} is in use by another program; stop that one or choose another address with --addr"),
        std::io::ErrorKind::PermissionDenied => anyhow!("{addr} may not be used by this user; choose a port above 1023 with --addr"),
        _ => anyhow!("cannot listen on {addr}: {error}"),
    })
}

async fn serve(
    mut config: ServeConfig,
    listener: TcpListener,
    tls: Option<Tls>,
    caps: ConnectionLimits,
    database: &Database,
    auction: &Runtime,
) -> anyhow::Result<()> {
    let pool = database.connect().await?;
    store::migrate(&pool)
        .await
        .context("cannot migrate the database schema")?;
    if config.demo {
        seed::fill_if_empty(&pool).await?;
    }
    let stop = CancellationToken::new();
    // With port 0 the actual port is only known now, and tokens are printed with the address.
    let addr = listener.local_addr()?;
    config.addr = addr;
    let bids = connect_on(auction, database, BID_CONNECTIONS).await?;
    let bids = Combiner::on_runtime(bids, auction.handle().clone());
    let app = App::with_bids(bids, pool.clone(), &config)?;
    let mut working = match config.no_scheduler {
        true => None,
        false => {
            let own = connect_on(auction, database, worker::CONNECTIONS).await?;
            let letters = LetterWriter::new(app.mailer.clone(), app.settings.base_url.clone());
            let webhooks = WebhookClient::new(&config.webhooks, &app.settings.base_url)?;
            Some(auction.spawn(worker::run(own, letters, webhooks, stop.clone())))
        }
    };
    auction.spawn(app.watch_database(stop.clone()));
    let _disk_watch = watch_private(&app, &config, database)?;
    let router = crate::router(&app);
    if app.settings.shows_mail {
        let home = &app.settings.base_url;
        if config.demo {
            seed::keep_examples(&pool, &app.mailer, home).await?;
        }
        say(&format!("Mail is not sent but kept: {home}/dev/mail"));
    }
    say(&format!(
        "Guildhall serves on {}://{addr}",
        config.tls.scheme()
    ));
    if config.demo {
        say(&seed::sign_ins());
        say(&seed::tokens(&pool).await?);
    }
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.reload_when_changed());
    }
    let serving = connection::serve(listener, tls.as_ref(), router, caps, &stop);
    let drained = async {
        stop_signal().await;
        say("Stopping: finishing requests in progress.");
        app.end_streams();
        stop.cancel();
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => served.context("the server ended")?,
        () = drained => say("Some requests did not finish in time; closing their connections."),
        // A server that keeps serving without awarding would look healthy but be wrong.
        ended = ended(&mut working, &stop) => return ended,
        reason = database.failed() => return Err(reason),
    }
    if let Some(running) = working {
        timeout(DRAIN, running)
            .await
            .context("the worker did not stop in time")??;
    }
    database::close(&pool).await;
    Ok(())
}

/// Monitors the private PostgreSQL and its disk; does nothing for an external database.
fn watch_private(
    app: &App,
    config: &ServeConfig,
    database: &Database,
) -> anyhow::Result<Option<disk::DiskWatch>> {
    if let Some(state) = database.private_state() {
        let check = move || Some(database::finding(&state.borrow()));
        app.readiness.add("postgres", check);
    }
    database
        .data_dir()
        .map(|dir| disk::DiskWatch::start(&app.disk, dir, config.disk.limits()))
        .transpose()
        .context("cannot monitor the disk of the private PostgreSQL")
}

/// Returns if the worker ends before `stop`. Never returns after `stop` or without a worker.
async fn ended(
    working: &mut Option<JoinHandle<()>>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    if let Some(running) = working {
        let ended = running.await;
        *working = None;
        if !stop.is_cancelled() {
            return ended.context("the worker ended unexpectedly");
        }
    }
    pending().await
}

/// Returns on Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
