//! The headers that report what is left of a quota (draft-ietf-httpapi-ratelimit-headers).

use super::problem::{Problem, ProblemKind};
use crate::state::{ACCOUNTS_PER_ADDRESS, RequestLimits, Requester};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::net::IpAddr;

const WINDOW_SECS: u32 = 60;

/// Consumes one request of this requester's quota and returns the headers that report what is left.
pub(super) fn take(
    limits: &RequestLimits,
    requester: Requester,
    address: IpAddr,
) -> Result<HeaderMap, Problem> {
    let quota = limits.per_minute();
    match limits.take(requester, address) {
        Ok(None) => Ok(HeaderMap::new()),
        Ok(Some(left)) => Ok(headers(quota, left)),
        Err(wait) => {
            let seconds = wait.as_secs();
            let mut problem = Problem::new(ProblemKind::TooManyRequests).with_detail(format!(
                "Too many requests: an account, or an address without a token, gets {quota} a minute, and all accounts at an address together {ACCOUNTS_PER_ADDRESS} times as many. Wait {seconds} s."
            ));
            for (name, value) in &headers(quota, 0) {
                problem = problem.with(name.clone(), value.clone());
            }
            Err(problem.with(header::RETRY_AFTER, HeaderValue::from(seconds)))
        }
    }
}

/// Consumes one token look-up from this address's quota.
pub(super) fn count_look_up(limits: &RequestLimits, address: IpAddr) -> Result<(), Problem> {
    limits.count_look_up(address).map_err(|_| {
        Problem::new(ProblemKind::TooManyRequests).with(header::RETRY_AFTER, HeaderValue::from(1))
    })
}

fn headers(quota: u32, left: u32) -> HeaderMap {
    // Seconds until the quota is full again.
    let full_in =
        (u64::from(quota - left.min(quota)) * u64::from(WINDOW_SECS)).div_ceil(u64::from(quota));
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (
            "ratelimit-policy",
            format!("\"default\";q={quota};w={WINDOW_SECS}"),
        ),
        ("ratelimit", format!("\"default\";r={left};t={full_in}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::account::AccountId;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn each_caller_has_a_quota_reported_in_headers() {
        let limits = RequestLimits::new(2);
        let take = |account| take(&limits, Requester::Account(AccountId(account)), HERE);
        let first = take(1).expect("within the quota");
        assert_eq!(first["ratelimit-policy"], "\"default\";q=2;w=60");
        assert_eq!(first["ratelimit"], "\"default\";r=1;t=30");
        assert_eq!(
            take(1).expect("the last")["ratelimit"],
            "\"default\";r=0;t=60"
        );
        let refused = take(1).expect_err("over the quota");
        assert_eq!(refused.kind, ProblemKind::TooManyRequests);
        assert!(
            refused
                .headers
                .iter()
                .any(|(name, _)| name == "retry-after")
        );
        assert!(take(2).is_ok());
        let unlimited = RequestLimits::new(0);
        let one = Requester::Account(AccountId(1));
        let headers = super::take(&unlimited, one, HERE).expect("no limit");
        assert!(headers.is_empty());
    }
}
