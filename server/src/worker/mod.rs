//! Work that no request waits for: awards at deadlines, sweeps, due notices, mail, webhooks, and the consumers of the
//! outbox.
//!
//! It runs in every `serve` process unless `--no-scheduler` is set, and in any number of `worker` processes. Each
//! module explains what keeps two workers from doing the same work. The worker has eleven connections of its own, so that
//! no requests are queued in front of it; in `serve` it shares its runtime only with bids and the database probe.
//!
//! On shutdown it has 2 s to finish. Then its transactions are rolled back, and the next worker repeats them.

mod account_mail;
mod audit;
mod award_check;
mod command;
mod consumer;
mod deadlines;
mod delivery;
mod digest_letter;
mod erasure;
mod example_letters;
mod letter;
mod notices;
mod outgoing;
mod retry;
mod sweep;
mod webhook;

pub use account_mail::AccountMailSender;
pub use audit::Audit;
pub use award_check::AwardCheck;
pub use command::run as command;
pub use consumer::{Consumer, Runner, TurnResult, consume};
pub use deadlines::pass;
pub use delivery::NoticeSender;
pub use erasure::pass as erase_due;
pub use example_letters::example_letters;
pub use letter::LetterWriter;
pub use notices::{Notices, pass as tell_due};
pub use retry::TRIES;
pub use webhook::{Lookup, WebhookClient, WebhookSender, system_lookup};

use crate::{
    config::WorkerConfig,
    database::{self, Database, runtime},
    mail::{self, Mailer},
    monitoring::telemetry::say,
    state::public_origin,
};
use guildhall::store;
use sqlx::PgPool;
use std::{process::ExitCode, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The worker's own connections: one each for deadlines, the listener, the sweep, the counts, due notices, every
/// consumer, sending notices and letters, and posting to webhooks.
pub const CONNECTIONS: u32 = 11;

/// How long work in progress may take to finish after a stop signal. What is cut off is rolled back and done by the
/// next worker; an absent or hanging database must not keep the process from exiting.
const GRACE: Duration = Duration::from_secs(2);

/// Implements `guildhall worker`: runs until it receives a stop signal.
///
/// # Errors
/// A message for the operator on why it cannot start.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a command owns its configuration"
)]
pub fn run_alone(config: WorkerConfig) -> anyhow::Result<ExitCode> {
    let (base_url, _) = public_origin(&config.public_url)?;
    mail::check_settings(&config.mail, &base_url, false, 0)?;
    let database = Database::open(&config.database)?;
    runtime()?.block_on(async {
        let pool = database.connect_with(CONNECTIONS).await?;
        store::migrate(&pool).await?;
        let stop = CancellationToken::new();
        let mailer = Mailer::new(&config.mail, &base_url, &pool)?;
        let webhooks = WebhookClient::new(&config.webhooks, &base_url)?;
        let letters = LetterWriter::new(mailer, base_url);
        let running = tokio::spawn(run(pool.clone(), letters, webhooks, stop.clone()));
        say("Awarding projects at their deadlines. Ctrl-C stops.");
        tokio::select! {
            () = crate::commands::serve::stop_signal() => {}
            reason = database.failed() => return Err(reason),
        }
        stop.cancel();
        running.await?;
        database::close(&pool).await;
        anyhow::Ok(())
    })?;
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

/// Awards projects at their deadlines, sweeps expired rows, folds the counts, writes due notices, runs every consumer, sends
/// notices and letters, and posts to webhooks, until `stop`.
pub async fn run(
    pool: PgPool,
    letters: LetterWriter,
    webhooks: WebhookClient,
    stop: CancellationToken,
) {
    let work = async {
        tokio::join!(
            deadlines::award_all(&pool, &stop),
            sweep::sweep_all(&pool, &stop),
            sweep::fold_all(&pool, &stop),
            notices::tell_all(&pool, &stop),
            NoticeSender::new(pool.clone(), letters.clone()).send_all(&stop),
            AccountMailSender::new(pool.clone(), letters).send_all(&stop),
            WebhookSender::new(pool.clone(), webhooks).send_all(&stop),
            consume_all(&pool, &stop)
        )
    };
    let cut_off = async {
        stop.cancelled().await;
        sleep(GRACE).await;
    };
    tokio::select! {
        _ = work => {}
        () = cut_off => tracing::warn!("the database did not answer in time; work in progress is rolled back"),
    }
}

/// Runs every consumer of the outbox. Add new ones here and nowhere else.
async fn consume_all(pool: &PgPool, stop: &CancellationToken) {
    tokio::join!(
        consume(pool, stop, &AwardCheck),
        consume(pool, stop, &Audit),
        consume(pool, stop, &Notices)
    );
}
