//! The context of a write, whether an island or a form's handler calls it.

use super::Refused;
use futures::future::BoxFuture;
use guildhall::{
    Error, Result,
    account::{Browser, Role, Viewer},
    bid::Combiner,
    disk::Disk,
    export::ExportSigner,
    fairness::{Submitter, Turns},
    moment::Zone,
    origin::Origin,
    passkey::Prompt,
    quota::Quotas,
    store::Pool,
    webhook::{Networks, PushSigner, WebhookSecrets},
};
use leptos::{
    prelude::{Owner, expect_context, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::axum::server_fn_paths,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The request behind a write: who sent it, and what only the server can do for it. It is a trait because this crate
/// can't depend on the server's types.
pub trait WriteRequest: Send + Sync {
    /// # Errors
    /// `SignInRequired`; `Busy` or `Unreachable` when the session can't be read.
    fn viewer(&self) -> Result<Viewer>;

    /// The browser's session, which survives when all other sessions are ended.
    fn browser(&self) -> BoxFuture<'_, Result<Browser>>;

    /// Confirms that the account's owner is present: by the current password, or, for an account without one, by a
    /// recent sign-in with a provider; and by a code, if the account has a second factor.
    fn prove(&self, present_password: String, code: String) -> BoxFuture<'_, Result<()>>;

    /// Begins a sign-in with a passkey in this browser: the options for `navigator.credentials.get`, as JSON.
    fn begin_passkey_sign_in(&self, prompt: Prompt) -> BoxFuture<'_, Result<String>>;

    /// The client to which heavy work is charged.
    fn client(&self) -> Submitter;

    /// Where the request came from, as quotas count it.
    fn origin(&self) -> Origin;

    /// Renders Markdown as sanitized HTML.
    fn render(&self, markdown: String) -> BoxFuture<'_, Result<String>>;

    /// The visitor's time zone.
    fn zone(&self) -> Zone;

    /// Clears the cache of valid tokens, because one was revoked.
    fn forget_tokens(&self);
}

/// What a write needs. Clones belong to the same request.
#[derive(Clone)]
pub struct Context {
    pub request: Arc<dyn WriteRequest>,
    pub pool: Pool,
    pub bids: Combiner,
    pub disk: Disk,
    /// Limits how many large texts are stored and rendered at a time.
    pub drafting: Turns,
    pub quotas: Quotas,
    pub webhooks: Arc<WebhookAccess>,
    pub exports: Arc<ExportSigner>,
    /// The site's public URL, without a trailing slash.
    pub base_url: String,
    pub report: WriteReport,
}

/// What webhooks need.
#[derive(Debug, Default)]
pub struct WebhookAccess {
    /// Networks that the operator allows although they are not public.
    pub networks: Networks,
    pub secrets: WebhookSecrets,
    pub signer: PushSigner,
}

/// What a write reports to the server besides its result.
#[derive(Clone, Default)]
pub struct WriteReport(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    error: Option<Arc<Error>>,
    preferences: Vec<(&'static str, String)>,
    form_page: Option<String>,
}

impl WriteReport {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the write was refused or failed.
    #[must_use]
    pub fn error(&self) -> Option<Arc<Error>> {
        self.notes().error.clone()
    }

    /// Names and values of the preference cookies to set.
    #[must_use]
    pub fn preferences(&self) -> Vec<(&'static str, String)> {
        self.notes().preferences.clone()
    }

    /// The page of the form, if it differs from the page that follows.
    #[must_use]
    pub fn form_page(&self) -> Option<String> {
        self.notes().form_page.clone()
    }
}

impl Context {
    /// # Errors
    /// `SignInRequired`; `Busy` or `Unreachable` when the session can't be read.
    pub(super) fn signed_in(&self) -> Result<Viewer> {
        self.request.viewer()
    }

    /// # Errors
    /// The errors of [`Self::signed_in`], and `NotAllowed` for an account of the other role.
    pub(super) fn signed_in_as(&self, role: Role) -> Result<Viewer> {
        let viewer = self.signed_in()?;
        viewer.must_be(role)?;
        Ok(viewer)
    }

    /// Stores a choice in a cookie of the browser.
    pub(super) fn remember(&self, name: &'static str, value: &str) {
        let preference = (name, value.to_owned());
        self.report.notes().preferences.push(preference);
    }

    /// Names the page of the form, so that its saved copy is deleted once the write is done.
    pub(super) fn came_from(&self, page: impl Into<String>) {
        self.report.notes().form_page = Some(page.into());
    }

    fn refuse(&self, error: Error) -> Refused {
        let refused = Refused::from(&error);
        self.report.notes().error = Some(Arc::new(error));
        refused
    }
}

/// Runs the body of a server function with its context.
pub(super) async fn write<T>(
    act: impl AsyncFnOnce(&Context) -> Result<T>,
) -> std::result::Result<T, Refused> {
    let context = expect_context::<Context>();
    act(&context).await.map_err(|error| context.refuse(error))
}

/// Calls a server function from a handler.
///
/// # Errors
/// The error or refusal of the write.
pub async fn call<T>(
    context: Context,
    function: impl Future<Output = std::result::Result<T, Refused>>,
) -> std::result::Result<T, Arc<Error>> {
    let owner = Owner::new();
    let done = owner.with(|| {
        provide_context(context.clone());
        ScopedFuture::new(function)
    });
    done.await.map_err(|refused| {
        context
            .report
            .error()
            .unwrap_or_else(|| Arc::new(Error::unexpected(refused.message)))
    })
}

/// The paths of all server functions.
#[must_use]
pub fn paths() -> Vec<&'static str> {
    server_fn_paths().map(|(path, _)| path).collect()
}
