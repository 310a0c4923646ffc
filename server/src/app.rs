use crate::{
    api::{Api, Described},
    config::ServeConfig,
    router,
    state::Shared,
    web::{Docs, Web},
};
use guildhall::bid::Combiner;
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

/// The server's state, as long as it runs: what pages and the API share, and what each has for itself. Handlers get the part that
/// they need, never the whole.
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
    /// Takes what was configured.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn new(pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        let bids = Combiner::new(pool.clone());
        Self::with_bids(bids, pool, config)
    }

    /// As [`new`](Self::new), where bids are decided apart from everything else.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub fn with_bids(bids: Combiner, pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        let shared = Shared::new(bids, pool, config)?;
        let document = router::endpoints().into_openapi();
        let described = Arc::new(Described::new(document, &shared.settings.base_url));
        let of_pages = Arc::clone(&described);
        let docs = Docs::new(move |now| of_pages.reference(now));
        Ok(Self {
            web: Web::new(shared.clone(), docs, config)?,
            api: Api::new(shared.clone(), described),
            shared,
        })
    }

    /// Notices until `stop` when the database does not answer, and when it does again.
    pub fn watch_database(
        &self,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        self.breaker.clone().watch(options, stop)
    }

    /// Ends every stream and begins no other: the server stops, and would wait for them.
    pub fn end_streams(&self) {
        self.live.close();
    }
}
