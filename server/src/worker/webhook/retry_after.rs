//! How long a receiver asks to be left alone.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;
use time::OffsetDateTime;

/// The time of a `Retry-After`, in seconds or as a date; `None` for anything else (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = OffsetDateTime::from(httpdate::parse_http_date(text).ok()?);
    Duration::try_from(at - now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn seconds_and_dates_are_read_and_nonsense_is_ignored() {
        let now = datetime!(2027-01-31 12:00:00 UTC);
        let read = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().expect("a value"))]);
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Sun, 31 Jan 2027 13:00:00 GMT"), Some(3600));
        assert_eq!(read("Sun, 31 Jan 2027 11:00:00 GMT"), None, "passed");
        for nonsense in ["1e9", "-5", "soon", "", "99999999999999999999999"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
