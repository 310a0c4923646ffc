//! Open files (descriptors): how many this process may have, and how many of them connections may take.
//!
//! Invariant, unless the limit is too low even for `MIN_PLACES`: connections never take the descriptors that the
//! database, the log, the listener, and requests to providers need.
//!
//! The soft limit is raised to the hard one at startup. If that is below 4,096, or below what `--live-streams` may
//! need, a warning names a sufficient limit. There are at least 16 places and at most 65,536, at about 36 kB each.

use crate::{commands::serve, config::ServeConfig, net::connection::ConnectionLimits, worker};

/// Open files besides connections and the database: standard streams, the listener, the runtime's own (epoll, a waker,
/// signals), pipes to a private PostgreSQL, and files read while the process runs (certificates, `/proc`).
const OWN: u64 = 32;
/// The connection of the breaker's probe.
const PROBE: u32 = 1;
/// Requests to sign-in providers, their DNS look-ups, and what the worker sends: at most 32 messages to webhooks and 10 letters
/// at once.
const OUTGOING: u64 = 16 + 32 + 10;
/// Files just opened and not yet counted, and closed connections that the system has not released yet.
const IN_PASSING: u64 = 16;
/// The minimum number of places, so that somebody is served even if the limit is absurdly low.
const MIN_PLACES: u64 = 16;
/// The maximum number of places, whatever the limit: at some 36 kB each they take 2.4 GB.
const MAX_PLACES: u64 = 65_536;
/// The operator is warned of a limit below this: a single address may hold 3,000 connections.
const LOW: u64 = 4096;
/// The limit of a network (IPv4 /24, IPv6 /48) as a multiple of an address's: one network may serve several offices.
const ADDRESSES_PER_NETWORK: usize = 4;

/// The connection limits, from the system's limit and the configuration. First raises this process's soft limit to its
/// hard one, because systems start programs with an outdated default; warns if the limit is low.
pub(crate) fn caps(config: &ServeConfig) -> ConnectionLimits {
    let limit = raise();
    let database = u64::from(config.database.database_connections);
    let apart = serve::BID_CONNECTIONS + worker::CONNECTIONS + PROBE;
    let reserved_files = reserved_files(database + u64::from(apart));
    if let Some(warning) = warning(limit, reserved_files, config.live_streams.into()) {
        tracing::warn!("{warning}");
    }
    let no_cap = |configured: u32| match configured {
        0 => usize::MAX,
        most => most as usize,
    };
    // Behind a proxy, every connection comes from the proxy.
    let per_customer = match config.trusted_proxies {
        0 => no_cap(config.connections_per_address),
        _ => usize::MAX,
    };
    ConnectionLimits {
        places: usize::try_from(places(limit, reserved_files)).unwrap_or(usize::MAX),
        per_customer,
        per_network: per_customer.saturating_mul(ADDRESSES_PER_NETWORK),
    }
}

/// The limit, after raising it.
fn raise() -> u64 {
    match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(limit) => limit,
        Err(error) => {
            let current_limit = rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft);
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot raise the limit on open files"
            );
            current_limit.unwrap_or(LOW)
        }
    }
}

/// Open files not available to connections.
const fn reserved_files(database_connections: u64) -> u64 {
    database_connections + OWN + OUTGOING + IN_PASSING
}

/// Open files available to connections.
fn places(limit: u64, reserved_files: u64) -> u64 {
    limit
        .saturating_sub(reserved_files)
        .clamp(MIN_PLACES, MAX_PLACES)
}

/// A warning if the limit is low in itself, or lower than the configuration may need.
fn warning(limit: u64, reserved_files: u64, live_streams: u64) -> Option<String> {
    let recommended = LOW.max(live_streams + reserved_files);
    (limit < recommended).then(|| {
        format!(
            "this process may have {limit} open files, which leaves {} for connections; allow it {recommended} (LimitNOFILE= in a systemd \
             unit, --ulimit nofile= of a container, ulimit -n in a shell)",
            places(limit, reserved_files)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_leave_room_for_the_database_and_are_bounded_at_any_limit() {
        let reserved_files = reserved_files(32 + 2);
        assert_eq!(places(300, reserved_files), 300 - 34 - 106);
        assert_eq!(places(20_000, reserved_files), 20_000 - 34 - 106);
        assert_eq!(places(1_048_576, reserved_files), MAX_PLACES);
        assert_eq!(places(64, reserved_files), MIN_PLACES);
    }

    #[test]
    fn a_warning_names_the_low_limit_and_what_to_do() {
        let message = warning(300, 98, 0).expect("300 is low");
        assert_eq!(
            message,
            "this process may have 300 open files, which leaves 202 for connections; allow it 4096 (LimitNOFILE= in a systemd unit, \
             --ulimit nofile= of a container, ulimit -n in a shell)"
        );
        let message = warning(20_000, 98, 20_000).expect("streams need more");
        assert!(message.contains("allow it 20098"), "{message}");
        assert_eq!(warning(20_098, 98, 20_000), None);
        assert_eq!(warning(4_096, 98, 0), None);
    }
}
