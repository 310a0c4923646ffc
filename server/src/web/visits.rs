//! When the visitor was last here before this visit, for "new since my last visit" in the list of projects.
//!
//! The browser keeps it in a cookie, so that reading a list writes nothing and nobody needs an account: the end of the
//! last visit, and the latest request of this one, in Unix seconds. A visit ends half an hour after its latest request for
//! the list.

use super::visit::Visit;
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use time::{Duration, OffsetDateTime};

const NAME: &str = "visits";
const ENDS_AFTER: Duration = Duration::minutes(30);
/// How old the cookie's latest request may be, so that not every response sets it.
const BEHIND: Duration = Duration::minutes(1);
const COOKIE_LIFE: Duration = Duration::days(365);

/// The visits up to this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visits {
    /// The end of the visit before this one.
    last: Option<OffsetDateTime>,
    /// The latest request of this visit.
    latest_at: OffsetDateTime,
    /// True if the browser has to store it.
    is_new: bool,
}

impl Visits {
    pub fn of(cookies: &CookieJar, now: OffsetDateTime) -> Self {
        let value = cookies.get(NAME).map_or("", Cookie::value);
        Self::after(value, now)
    }

    /// What was stored, and then a request at `now`. A stored time in the future does not count.
    fn after(value: &str, now: OffsetDateTime) -> Self {
        let (last, latest_at) = value.split_once('.').unwrap_or_default();
        let last = moment(last, now);
        match moment(latest_at, now) {
            None => Self {
                last: None,
                latest_at: now,
                is_new: true,
            },
            Some(before) if now - before > ENDS_AFTER => Self {
                last: Some(before),
                latest_at: now,
                is_new: true,
            },
            Some(before) if now - before > BEHIND => Self {
                last,
                latest_at: now,
                is_new: true,
            },
            Some(before) => Self {
                last,
                latest_at: before,
                is_new: false,
            },
        }
    }

    /// When the visit before this one ended, if there was one.
    pub const fn last(self) -> Option<OffsetDateTime> {
        self.last
    }

    fn to_cookie(self) -> String {
        let seconds = |at: OffsetDateTime| at.unix_timestamp().to_string();
        let last = self.last.map(seconds).unwrap_or_default();
        format!("{last}.{}", seconds(self.latest_at))
    }

    /// Sets the cookie if it has to be stored.
    pub fn cookie(self, visit: &Visit) -> CookieJar {
        if !self.is_new {
            return CookieJar::new();
        }
        let cookie = Cookie::build((NAME, self.to_cookie()))
            .path("/projects")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(visit.app.settings.https)
            .max_age(COOKIE_LIFE);
        CookieJar::new().add(cookie)
    }
}

/// A moment from 1970 to `now`, from Unix seconds.
fn moment(seconds: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let seconds = seconds.parse().ok().filter(|seconds| *seconds >= 0)?;
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    (at <= now).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-11-28 05:00 UTC);

    /// The end of the last visit after requests at these minutes.
    fn last(minutes: &[i64]) -> Option<OffsetDateTime> {
        let mut value = String::new();
        let mut last = None;
        for minute in minutes {
            let visits = Visits::after(&value, START + Duration::minutes(*minute));
            last = visits.last();
            if visits.is_new {
                value = visits.to_cookie();
            }
        }
        last
    }

    fn after(minutes: i64) -> Option<OffsetDateTime> {
        Some(START + Duration::minutes(minutes))
    }

    #[test]
    fn a_visit_ends_half_an_hour_after_its_latest_request() {
        assert_eq!(last(&[0]), None);
        assert_eq!(last(&[0, 30, 60]), None, "one long visit");
        assert_eq!(last(&[0, 31]), after(0));
        assert_eq!(last(&[0, 20, 51]), after(20));
        assert_eq!(last(&[0, 20, 51, 60, 85]), after(20), "it stays");
        assert_eq!(last(&[0, 20, 51, 60, 95]), after(60));
    }

    #[test]
    fn the_browser_stores_a_request_at_most_once_a_minute() {
        let first = Visits::after("", START);
        let again = Visits::after(&first.to_cookie(), START + Duration::seconds(60));
        assert!(first.is_new && !again.is_new);
        assert!(Visits::after(&first.to_cookie(), START + Duration::seconds(61)).is_new);
    }

    #[test]
    fn a_cookie_from_the_future_counts_for_nothing() {
        let future = (START + Duration::DAY).unix_timestamp();
        let read = Visits::after(&format!("{future}.{future}"), START);
        assert_eq!(read, Visits::after("", START));
    }

    proptest! {
        #[test]
        fn whatever_the_cookie_says_the_last_visit_is_past(value in "(\\PC{0,20}|-?\\d{0,20}\\.-?\\d{0,20})") {
            let read = Visits::after(&value, START);
            prop_assert!(read.last.is_none_or(|last| last <= START));
            prop_assert!(read.latest_at <= START);
            let seconds = read.to_cookie();
            prop_assert_eq!(Visits::after(&seconds, START).last(), read.last());
        }
    }
}
