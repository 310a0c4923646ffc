use crate::{
    api::{Api, ApiDescription},
    config::ServeConfig,
    router,
    state::Shared,
    web::{Docs, Web},
};
use guildhall::bid::Combiner;
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

/// The server's state: what pages and the API share, and what each has of its own.
///
/// No handler gets all of it. Page handlers take `State<Web>`, endpoints take `State<Api>`, and both may take
/// [`Shared`] or one part of these. A capability declares its part beside its handlers and adds a field to the state
/// that needs it. `Shared`, `Web` and `Api` are one `Arc` each, so a request copies only pointers.
#[derive(Clone)]
pub struct App {
    pub(crate) shared: Shared,
    pub(crate) web: Web,
    pub(crate) api: Api,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl App {
    /// Builds the state from the configuration.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn new(pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        let bids = Combiner::new(pool.clone());
        Self::with_bids(bids, pool, config)
    }

    /// Like [`new`](Self::new), with a given combiner for bids.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn with_bids(bids: Combiner, pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        let shared = Shared::new(bids, pool, config)?;
        let document = router::endpoints().into_openapi();
        let described = Arc::new(ApiDescription::new(document, &shared.settings.base_url));
        let of_pages = Arc::clone(&described);
        let docs = Docs::new(move |now| of_pages.reference(now));
        Ok(Self {
            web: Web::new(shared.clone(), docs, config)?,
            api: Api::new(shared.clone(), described),
            shared,
        })
    }

    /// Probes the database until `stop`, and opens the breaker while the database is down.
    pub fn watch_database(
        &self,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        self.breaker.clone().watch(options, stop)
    }

    /// Ends every stream and starts no others, because a stopping server waits for requests in progress.
    pub fn end_streams(&self) {
        self.live.close();
    }
}
