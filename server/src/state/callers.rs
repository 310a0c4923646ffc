//! A cache of access tokens.
//!
//! Invariant: a revoked token is refused at most 250 ms later on every server, and at once on the server that revoked
//! it.
//!
//! A valid token is read from the database about once per 30 s. The revocations of the last minute are read at most
//! four times per second, by the first request that needs them, and compared with every cached token in use. Up to
//! 100,000 tokens are cached.
//!
//! Sessions are not cached: a browser sends few requests, and signing out must take effect at once.

use crate::cache::read_cache::{Freshness, ReadCache};
use guildhall::{
    Result,
    token::{self, Caller, KnownToken, REMEMBERED, RevokedIds, SecretHash},
};
use moka::sync::Cache;
use sqlx::PgPool;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many tokens are cached.
const MAX_ENTRIES: u64 = 100_000;
/// How long a look-up stays valid: at most half of [`REMEMBERED`], so that everything revoked since is still listed.
const TIME_TO_LIVE: Duration = Duration::from_secs(30);
const _: () = assert!(TIME_TO_LIVE.as_secs() * 2 <= REMEMBERED.as_secs());

/// A cache of recently valid tokens. A revoked token is refused at most
/// [`MAX_STALENESS`](crate::cache::read_cache::MAX_STALENESS) later: the cached list of recent revocations is no older.
pub(crate) struct Callers {
    found: Cache<SecretHash, Arc<TokenLookup>>,
    revoked: ReadCache<(), Option<Arc<RevokedIds>>>,
    /// Look-ups that began earlier than this are not cached.
    last_sweep: Mutex<Instant>,
}

struct TokenLookup {
    found: KnownToken,
    began: Instant,
}

impl Default for Callers {
    fn default() -> Self {
        Self {
            found: Cache::builder()
                .max_capacity(MAX_ENTRIES)
                .time_to_live(TIME_TO_LIVE)
                .build(),
            revoked: ReadCache::new(10_000, |(), _| 1),
            last_sweep: Mutex::new(Instant::now()),
        }
    }
}

impl Callers {
    /// The caller behind a token hash, if a look-up that is still valid is cached.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn cached_caller(&self, pool: &PgPool, token: &SecretHash) -> Result<Option<Caller>> {
        let Some(lookup) = self.found.get(token) else {
            return Ok(None);
        };
        let is_old = lookup.began.elapsed() >= TIME_TO_LIVE.min(lookup.found.expires_in);
        if is_old || lookup.began <= *self.last_sweep() {
            return Ok(None);
        }
        let query = async || {
            let revoked = token::revoked(&mut *pool.acquire().await?).await?;
            Ok(revoked.map(Arc::new))
        };
        let revoked = self.revoked.get(&(), Freshness::Recent, query).await?;
        let is_good = revoked.is_some_and(|revoked| !revoked.ends(&lookup.found));
        Ok(is_good.then(|| lookup.found.caller.clone()))
    }

    /// Looks the token up in the database.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn look_up(&self, pool: &PgPool, token: &SecretHash) -> Result<Option<Caller>> {
        let began = Instant::now();
        let Some(found) = token::authenticate(&mut *pool.acquire().await?, token).await? else {
            self.found.invalidate(token);
            return Ok(None);
        };
        let caller = found.caller.clone();
        // Once the address is confirmed, the next call may bid, on every server.
        if !caller.viewer.has_confirmed_email {
            return Ok(Some(caller));
        }
        let lookup = Arc::new(TokenLookup { found, began });
        self.found.insert(token.clone(), lookup);
        Ok(Some(caller))
    }

    /// Clears the cache after a revocation by this server, so that it takes effect at once. Look-ups in progress are
    /// discarded too.
    pub fn forget(&self) {
        *self.last_sweep() = Instant::now();
        self.found.invalidate_all();
    }

    fn last_sweep(&self) -> MutexGuard<'_, Instant> {
        self.last_sweep
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
