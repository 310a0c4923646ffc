//! What a write has at hand, wherever it was called from.

use super::Refused;
use guildhall::{
    Error, Result,
    account::{Role, Viewer},
    bid::Combiner,
    disk::Disk,
    store::Pool,
};
use leptos::{
    prelude::{Owner, expect_context, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::axum::server_fn_paths,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Who asks for a write, and what it is done with. Clones are of the same call.
#[derive(Clone)]
pub struct Context {
    /// The viewer, or why there is none: nobody is signed in, or the session can't be read.
    pub signed_in: Arc<dyn Fn() -> Result<Viewer> + Send + Sync>,
    pub pool: Pool,
    pub bids: Combiner,
    pub disk: Disk,
    /// Why the write was not done.
    error: Arc<Mutex<Option<Arc<Error>>>>,
}

impl Context {
    pub fn new(
        signed_in: impl Fn() -> Result<Viewer> + Send + Sync + 'static,
        pool: Pool,
        bids: Combiner,
        disk: Disk,
    ) -> Self {
        Self {
            signed_in: Arc::new(signed_in),
            pool,
            bids,
            disk,
            error: Arc::default(),
        }
    }

    /// # Errors
    /// `SignInRequired`; `NotAllowed` for an account of the other role; `Busy` or `Unreachable` when the session can't be read.
    pub(super) fn signed_in_as(&self, role: Role) -> Result<Viewer> {
        let viewer = (self.signed_in)()?;
        viewer.must_be(role)?;
        Ok(viewer)
    }

    /// Why the write was not done, in the domain's words.
    #[must_use]
    pub fn error(&self) -> Option<Arc<Error>> {
        self.error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn refuse(&self, error: Error) -> Refused {
        let refused = Refused::from(&error);
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(error));
        refused
    }
}

/// Does what a server function is for, with its context.
pub(super) async fn write<T>(
    act: impl AsyncFnOnce(&Context) -> Result<T>,
) -> std::result::Result<T, Refused> {
    let context = expect_context::<Context>();
    act(&context).await.map_err(|error| context.refuse(error))
}

/// Calls a server function from a handler.
///
/// # Errors
/// Why it was not done.
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
            .error()
            .unwrap_or_else(|| Arc::new(Error::unexpected(refused.message)))
    })
}

/// The paths of all server functions.
#[must_use]
pub fn paths() -> Vec<&'static str> {
    server_fn_paths().map(|(path, _)| path).collect()
}
