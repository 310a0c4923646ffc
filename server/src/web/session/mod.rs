//! Sessions: a cookie with a random id, and data under its hash in PostgreSQL.
//!
//! Sessions expire according to the database's clock. The session says how long it lasts, and the statement that stores
//! it adds that to `clock_timestamp()`. A session lasts 14 days after its last change when signed in, and an hour
//! otherwise.

mod store;

use super::Web;
use crate::database::outage::is_memory_only;
use guildhall::{
    account::{self, Authenticated, Viewer},
    device::DeviceId,
    identity::VouchedPerson,
    project::ProjectId,
    second_factor::Seed,
    session as session_table,
    sign_in_log::SignInMethod,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{ENDED, Store};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::SameSite,
    session::{Error, Id},
    session_store,
};

/// How long a signed-in session lasts.
const SIGNED_IN: Duration = Duration::days(session_table::SIGNED_IN_DAYS as i64);
/// How long a session without a viewer lasts.
const ANONYMOUS: Duration = Duration::hours(1);

const VIEWER: &str = "viewer";
const EPOCH: &str = "session_epoch";
const USER_AGENT: &str = "user_agent";
const DEVICE: &str = session_table::DEVICE;
const FLASH: &str = "flash";
const PENDING: &str = "pending_identity";
const PROVEN_AT: &str = "proven_at";
/// When a code of the second factor was entered.
const CODE_AT: &str = "code_at";
const FIRST_FACTOR: &str = "first_factor";
const SETUP: &str = "second_factor_setup";
const PASSKEY_SETUP: &str = "passkey_setup";
const AWAY: &str = "away";
const EMAIL: &str = "email";
const UNDONE_NOTE: &str = "undone_note";
const NEXT: &str = "next";
const SAVED_FORMS: &str = "saved_forms";

/// The layer that loads and saves sessions. `Lax`, because `Strict` would drop the session on the way back from another
/// site.
pub(super) fn layer(app: &Web) -> SessionManagerLayer<Store> {
    let https = app.settings.https;
    SessionManagerLayer::new(Store::new(app.pool.clone()))
        .with_name(if https {
            "__Host-guildhall"
        } else {
            "guildhall"
        })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(ANONYMOUS))
}

/// An empty session, for places where the layer did not run.
pub(super) fn empty(app: &Web) -> Session {
    Session::new(None, Arc::new(Store::new(app.pool.clone())), None)
}

/// The signed-in viewer.
///
/// # Errors
/// If the session cannot be read, so that the answer is unknown.
pub(super) async fn viewer(session: &Session) -> Result<Option<Viewer>, Error> {
    session.get(VIEWER).await.inspect_err(|error| {
        if is_memory_only() {
            return;
        }
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "cannot read a session; showing the visitor the public page"
        );
    })
}

/// What the viewer has proved about owning the account, other than with a password, in seconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proofs {
    /// When a provider vouched for the viewer, or a passkey was used.
    pub proven_at: Option<i64>,
    /// When the viewer entered a code of the second factor, or used a passkey.
    pub code_at: Option<i64>,
}

impl Proofs {
    /// A passkey, whose device has verified its user.
    pub fn by_passkey(now: OffsetDateTime) -> Self {
        let at = Some(now.unix_timestamp());
        Self {
            proven_at: at,
            code_at: at,
        }
    }
}

/// Signs the viewer in. The session id is new, so that one planted earlier is worthless. The session is stored at once, so call
/// this only from `second_factor::begin_session`, which logs the sign-in first.
///
/// # Errors
/// `Refused(SessionsEnded)` if all sessions of the account have ended since its sign-in method was looked up.
pub(super) async fn sign_in(
    session: &Session,
    authenticated: &Authenticated,
    user_agent: &str,
    proofs: Proofs,
) -> guildhall::Result<()> {
    match begin(session, authenticated, user_agent, proofs).await {
        Err(Error::Store(session_store::Error::Backend(reason))) if reason == ENDED => {
            session.set_expiry(Some(Expiry::OnInactivity(ANONYMOUS)));
            session
                .remove_value(VIEWER)
                .await
                .map_err(guildhall::Error::unexpected)?;
            Err(account::Refusal::SessionsEnded.into())
        }
        begun => begun.map_err(guildhall::Error::unexpected),
    }
}

async fn begin(
    session: &Session,
    authenticated: &Authenticated,
    user_agent: &str,
    proofs: Proofs,
) -> Result<(), Error> {
    session.cycle_id().await?;
    session.set_expiry(Some(Expiry::OnInactivity(SIGNED_IN)));
    session.insert(USER_AGENT, user_agent).await?;
    set(session, PROVEN_AT, proofs.proven_at).await?;
    set(session, CODE_AT, proofs.code_at).await?;
    for over in [EMAIL, NEXT, FIRST_FACTOR, SETUP, PASSKEY_SETUP] {
        session.remove_value(over).await?;
    }
    session.insert(EPOCH, authenticated.session_epoch).await?;
    session.insert(VIEWER, &authenticated.viewer).await?;
    // Stored at once: the answer depends on whether the session may begin.
    session.save().await
}

async fn set(session: &Session, key: &str, at: Option<i64>) -> Result<(), Error> {
    match at {
        Some(at) => session.insert(key, at).await,
        None => session.remove_value(key).await.map(drop),
    }
}

/// Stores the browser's device, so that ending this session from elsewhere also ends the browser's notifications.
pub(super) async fn keep_device(session: &Session, device: DeviceId) -> Result<(), Error> {
    session.insert(DEVICE, device).await
}

/// A visitor who has passed the first factor of a sign-in, and has to enter a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FirstFactor {
    pub authenticated: Authenticated,
    /// The label of the provider that vouched for the visitor; `None` for a password.
    pub provider: Option<String>,
    /// Where the visitor wanted to continue.
    pub next: String,
    /// In seconds since the epoch.
    pub at: i64,
}

impl FirstFactor {
    pub fn method(&self) -> SignInMethod<'_> {
        match &self.provider {
            Some(label) => SignInMethod::Provider(label),
            None => SignInMethod::Password,
        }
    }
}

/// Stores the account that has passed the first factor, and signs out the current viewer, if any. The session gets a new
/// id: an attacker who planted the previous one could otherwise continue with the code.
pub(super) async fn keep_first_factor(session: &Session, first: &FirstFactor) -> Result<(), Error> {
    session.remove_value(VIEWER).await?;
    session.remove_value(EPOCH).await?;
    session.set_expiry(Some(Expiry::OnInactivity(ANONYMOUS)));
    session.cycle_id().await?;
    session.insert(FIRST_FACTOR, first).await
}

/// Who has passed the first factor, however long ago.
pub(super) async fn first_factor(session: &Session) -> Result<Option<FirstFactor>, Error> {
    session.get(FIRST_FACTOR).await
}

/// When the viewer last entered a code of the second factor.
pub(super) async fn code_at(session: &Session) -> Result<Option<i64>, Error> {
    session.get(CODE_AT).await
}

/// Records that the viewer entered a code of the second factor.
pub(super) async fn keep_code_at(session: &Session, at: i64) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(CODE_AT, at).await?;
    // Stored at once: the code is used up, also if what follows fails.
    session.save().await
}

/// A second factor that is being set up.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Setup {
    pub seed: Seed,
    /// When the owner proved to be present, in seconds since the epoch.
    pub at: i64,
}

/// Stores what is being set up.
pub(super) async fn keep_setup(session: &Session, setup: Setup) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(SETUP, setup).await
}

/// What is being set up, however long ago.
pub(super) async fn setup(session: &Session) -> Result<Option<Setup>, Error> {
    session.get(SETUP).await
}

/// A passkey that is being added.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PasskeySetup {
    pub name: String,
    /// When the owner proved to be present, in seconds since the epoch.
    pub at: i64,
}

/// Stores which passkey is being added.
pub(super) async fn keep_passkey_setup(
    session: &Session,
    setup: &PasskeySetup,
) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(PASSKEY_SETUP, setup).await
}

/// Which passkey is being added, however long ago.
pub(super) async fn passkey_setup(session: &Session) -> Result<Option<PasskeySetup>, Error> {
    session.get(PASSKEY_SETUP).await
}

/// Forgets which passkey was being added.
pub(super) async fn forget_passkey_setup(session: &Session) -> Result<(), Error> {
    keep_alive(session).await;
    session.remove_value(PASSKEY_SETUP).await.map(drop)
}

/// Stores the e-mail that the visitor signed up with, and the path to continue to, for the sign-in that follows.
pub(super) async fn keep_sign_up(session: &Session, email: &str, next: &str) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(EMAIL, email).await?;
    session.insert(NEXT, next).await
}

/// The path to continue to after the sign-up, or an empty string.
pub(super) async fn kept_next(session: &Session) -> String {
    let next = session.get(NEXT).await;
    next.ok().flatten().unwrap_or_default()
}

/// The e-mail that [`keep_sign_up`] stored, or an empty string.
pub(super) async fn kept_email(session: &Session) -> String {
    let email = session.get(EMAIL).await;
    email.ok().flatten().unwrap_or_default()
}

/// When the viewer last proved ownership of the account, other than with a password.
pub(super) async fn proven_at(session: &Session) -> Result<Option<i64>, Error> {
    session.get(PROVEN_AT).await
}

/// A person whom a provider has vouched for, but who has not been signed in yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PendingSignIn {
    /// The provider's name, as in its URLs.
    pub provider: String,
    pub vouched: VouchedPerson,
    /// Where the visitor wanted to continue.
    pub next: String,
    /// In seconds since the epoch.
    pub at: i64,
}

/// Stores the person vouched for, replacing any earlier one.
pub(super) async fn keep_pending(session: &Session, pending: &PendingSignIn) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(PENDING, pending).await
}

/// The person vouched for, however long ago.
pub(super) async fn pending(session: &Session) -> Result<Option<PendingSignIn>, Error> {
    session.get(PENDING).await
}

/// Removes the person vouched for.
pub(super) async fn forget_pending(session: &Session) -> Result<(), Error> {
    keep_alive(session).await;
    session.remove_value(PENDING).await.map(drop)
}

/// Remembers the pages whose forms were saved before the viewer signed in.
pub(super) async fn keep_saved_forms(session: &Session, pages: &[String]) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(SAVED_FORMS, pages).await
}

/// The pages for which the viewer has a saved form.
pub(super) async fn saved_forms(session: &Session) -> Vec<String> {
    let pages = session.get(SAVED_FORMS).await;
    pages.ok().flatten().unwrap_or_default()
}

/// The token whose hash the session is stored under. For a visitor without a session, one is created and stored at
/// once.
pub(super) async fn token_now(session: &Session) -> Result<Vec<u8>, Error> {
    if session.id().is_none() {
        session.insert(AWAY, true).await?;
        session.save().await?;
    }
    Ok(token(session))
}

/// A change to a signed-in session must not shorten the life of its cookie.
async fn keep_alive(session: &Session) {
    if matches!(viewer(session).await, Ok(Some(_))) {
        session.set_expiry(Some(Expiry::OnInactivity(SIGNED_IN)));
    }
}

/// Stores a message for the next page.
pub(super) async fn flash(session: &Session, message: &str) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(FLASH, message).await
}

/// Stores the note of a bid that was undone, to be shown in the project's form once.
pub(super) async fn keep_undone_note(
    session: &Session,
    project: ProjectId,
    note: &str,
) -> Result<(), Error> {
    keep_alive(session).await;
    session.insert(UNDONE_NOTE, (project, note)).await
}

/// Takes the note of the bid on this project that was just undone, if it had one and the session can be read.
pub(super) async fn take_undone_note(session: &Session, project: ProjectId) -> Option<String> {
    let kept = session.get::<(ProjectId, String)>(UNDONE_NOTE).await;
    let (_, note) = kept.ok()?.filter(|(of, _)| *of == project)?;
    keep_alive(session).await;
    session.remove_value(UNDONE_NOTE).await.ok()?;
    Some(note)
}

/// Takes the stored message; it is shown once.
pub(super) async fn take_flash(session: &Session) -> Result<Option<String>, Error> {
    if session.get::<String>(FLASH).await?.is_none() {
        return Ok(None);
    }
    keep_alive(session).await;
    session.remove(FLASH).await
}

/// The token whose hash the session is stored under.
pub(super) fn token(session: &Session) -> Vec<u8> {
    session.id().map(|id| bytes(&id)).unwrap_or_default()
}

fn bytes(id: &Id) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}
