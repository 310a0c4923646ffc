//! The limits and the leaky bucket.

use super::{QuotaKind, QuotaScope};
use std::time::Duration;

const DAY_SECS: f64 = 86_400.0;
/// The limit for all accounts at one address, as a multiple of one account's: a household, or a small company behind a
/// router.
const CUSTOMER: u32 = 5;
/// The limit for all accounts in one network, as a multiple of one account's: a large company, or a provider's
/// customers.
const NETWORK: u32 = 20;
/// The daily limit on sign-ups, as a multiple of those possible at once.
const SIGN_UPS_PER_DAY: u32 = 3;
/// A network's limit on sign-ups, as a multiple of an address's.
const SIGN_UPS_OF_NETWORK: u32 = 4;
/// How many letters of one purpose may be requested for an address. A stranger can use up those that reset a password, but
/// each reaches the owner, and one more may be sent every half hour, which is how long its link works. So the owner always
/// has a link that works.
const LETTERS_OF_EMAIL: Limit = Limit {
    at_once: 5,
    per_day: 48,
};
/// How many letters may be asked for from an address, and from a network, at once and per day.
const LETTERS: u32 = 20;
const LETTERS_OF_NETWORK: u32 = 100;
/// How many messages to webhooks an account may send by hand: 10 at once, and then one every six seconds.
const WEBHOOK_MESSAGES: Limit = Limit {
    at_once: 10,
    per_day: 10 * 24 * 60,
};
/// The largest accumulated rounding error; far less than one act.
const ROUNDING: f64 = 1e-6;

/// A leaky bucket that holds this many acts and leaks this many a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub at_once: u32,
    pub per_day: u32,
}

/// The limit for a kind and scope. A project has some 20,000 characters at most, which is 20 kB in ASCII. So an account
/// can store 2 MB of projects a day, and an address 10 MB.
pub(super) fn limit(kind: QuotaKind, scope: QuotaScope, sign_ups_at_once: u32) -> Limit {
    let all_at_once = |most| Limit {
        at_once: most,
        per_day: most,
    };
    let own = match kind {
        QuotaKind::SignUp => {
            let times = match scope {
                QuotaScope::Account | QuotaScope::Email | QuotaScope::Customer => 1,
                QuotaScope::Network => SIGN_UPS_OF_NETWORK,
            };
            let at_once = sign_ups_at_once.saturating_mul(times);
            return Limit {
                at_once,
                per_day: at_once.saturating_mul(SIGN_UPS_PER_DAY),
            };
        }
        QuotaKind::Letter => {
            return match scope {
                QuotaScope::Account | QuotaScope::Email => LETTERS_OF_EMAIL,
                QuotaScope::Customer => all_at_once(LETTERS),
                QuotaScope::Network => all_at_once(LETTERS_OF_NETWORK),
            };
        }
        QuotaKind::Project | QuotaKind::Draft | QuotaKind::Token => 100,
        QuotaKind::Program => 50,
        QuotaKind::Name | QuotaKind::Webhook | QuotaKind::Passkey | QuotaKind::Export => 20,
        QuotaKind::WebhookMessage => {
            let times = times(scope);
            return Limit {
                at_once: WEBHOOK_MESSAGES.at_once * times,
                per_day: WEBHOOK_MESSAGES.per_day * times,
            };
        }
    };
    all_at_once(own * times(scope))
}

/// How many accounts' worth everybody in the scope may use together.
const fn times(scope: QuotaScope) -> u32 {
    match scope {
        QuotaScope::Account | QuotaScope::Email => 1,
        QuotaScope::Customer => CUSTOMER,
        QuotaScope::Network => NETWORK,
    }
}

/// The bucket's level after one more act, given its level `since` ago.
///
/// # Errors
/// The time until there is room.
pub(super) fn take(limit: Limit, used: f64, since: Duration) -> Result<f64, Duration> {
    let per_sec = f64::from(limit.per_day) / DAY_SECS;
    let held = (used - since.as_secs_f64() * per_sec).max(0.0) + 1.0;
    let excess = held - f64::from(limit.at_once);
    if excess <= ROUNDING {
        return Ok(held);
    }
    let secs = (excess / per_sec).min(DAY_SECS * 2.0);
    Err(Duration::try_from_secs_f64(secs).unwrap_or(Duration::from_secs(172_800)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const TEN: Limit = Limit {
        at_once: 10,
        per_day: 24,
    };
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_full_bucket_has_room_once_one_act_has_leaked() {
        let mut used = 0.0;
        for _ in 0..10 {
            used = take(TEN, used, Duration::ZERO).expect("there is room");
        }
        assert_eq!(take(TEN, used, Duration::ZERO), Err(HOUR));
        assert!(take(TEN, used, HOUR).is_ok());
    }

    #[test]
    fn an_address_may_store_more_than_an_account_and_a_network_more_than_an_address() {
        for kind in [
            QuotaKind::Project,
            QuotaKind::Draft,
            QuotaKind::Program,
            QuotaKind::Token,
            QuotaKind::Name,
            QuotaKind::Webhook,
            QuotaKind::Passkey,
            QuotaKind::WebhookMessage,
            QuotaKind::Export,
        ] {
            let [own, customer, network] = [
                QuotaScope::Account,
                QuotaScope::Customer,
                QuotaScope::Network,
            ]
            .map(|scope| limit(kind, scope, 20).per_day);
            assert!(own < customer && customer < network, "{kind:?}");
        }
        let sign_ups = |scope| limit(QuotaKind::SignUp, scope, 20).at_once;
        assert_eq!(sign_ups(QuotaScope::Customer), 20);
        assert!(sign_ups(QuotaScope::Network) > 20);
    }

    proptest! {
        /// This holds however the acts are spread over time.
        #[test]
        fn no_more_acts_are_accepted_than_the_bucket_holds_and_leaks(gaps in vec(0_u64..7200, 1..200)) {
            let (mut used, mut since, mut passed, mut total) = (0.0, Duration::ZERO, 0_u32, Duration::ZERO);
            for gap in gaps {
                since += Duration::from_secs(gap);
                total += Duration::from_secs(gap);
                if let Ok(held) = take(TEN, used, since) {
                    (used, since, passed) = (held, Duration::ZERO, passed + 1);
                }
            }
            let leaked = total.as_secs_f64() / DAY_SECS * f64::from(TEN.per_day);
            prop_assert!(f64::from(passed) <= f64::from(TEN.at_once) + leaked + 0.001);
        }

        #[test]
        fn a_client_that_waits_for_the_returned_time_is_accepted(used in 0.0_f64..40.0, since in 0_u64..100_000) {
            let since = Duration::from_secs(since);
            if let Err(wait) = take(TEN, used, since) {
                prop_assert!(take(TEN, used, since + wait).is_ok());
            }
        }
    }
}
