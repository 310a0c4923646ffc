//! Request bodies: one JSON object.
//!
//! Unknown members are refused, each by its name, together with everything else that is wrong (`serde_ignored`). The
//! document says `additionalProperties: false`. Up to 20 unknown members are named.
//!
//! Invalid or unknown members are refused only after the `Idempotency-Key` has been found to be new. So a request that
//! was accepted before is still accepted when it is sent again.

use super::{
    call::Call,
    layers::LARGEST_BODY_BYTES,
    problem::{Problem, ProblemKind},
    state::Api,
};
use crate::{http::request_body, runtime::heavy};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use guildhall::{
    Error,
    fairness::Submitter,
    field::{FieldError, ValueError},
    money::{Currency, Money},
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A member's raw JSON text; a number is never converted to a float.
pub(super) type RawMember = Option<Box<RawValue>>;

/// A body as it was sent, for the idempotency mark, and as parsed.
pub(super) struct SentBody<T> {
    pub bytes: Bytes,
    pub value: T,
    /// The unknown members, each with its problem.
    pub unknown: Vec<FieldError>,
}

/// A body of up to this size is parsed within a millisecond, whatever it contains.
const SMALL_BYTES: usize = 64 * 1024;
/// Maximum number of unknown members that a refusal names.
const MAX_UNKNOWN: usize = 20;
const LONGEST_NAME_CHARS: usize = 50;

impl<T: DeserializeOwned + Send + 'static> FromRequest<Api> for SentBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Api) -> Result<Self, Problem> {
        let client = known_caller(&request)?;
        if !is_json(request.headers()) {
            return Err(Problem::new(ProblemKind::UnsupportedMediaType));
        }
        let bytes = request_body::read(request, &app.heavy, client, LARGEST_BODY_BYTES).await?;
        let (value, unknown) = object(app, client, &bytes).await?;
        Ok(Self {
            bytes,
            value,
            unknown,
        })
    }
}

/// For calls without a body: what was sent must be empty or an empty object. It is part of the idempotency mark even if
/// it is refused.
pub(super) struct EmptyBody {
    pub bytes: Bytes,
    unknown: Vec<FieldError>,
}

impl FromRequest<Api> for EmptyBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Api) -> Result<Self, Problem> {
        #[derive(serde::Deserialize)]
        struct NoMembers {}

        let client = known_caller(&request)?;
        let bytes = request_body::read(request, &app.heavy, client, LARGEST_BODY_BYTES).await?;
        let unknown = if bytes.trim_ascii().is_empty() {
            Vec::new()
        } else {
            let (NoMembers {}, unknown) = object(app, client, &bytes).await?;
            unknown
        };
        Ok(Self { bytes, unknown })
    }
}

impl EmptyBody {
    /// # Errors
    /// `Invalid`, with every member that was sent.
    pub fn must_be_empty(self) -> Result<(), Error> {
        if self.unknown.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.unknown))
        }
    }
}

/// Parses the body as a JSON object and collects the unknown members.
async fn object<T: DeserializeOwned + Send + 'static>(
    app: &Api,
    client: Submitter,
    bytes: &Bytes,
) -> Result<(T, Vec<FieldError>), Problem> {
    // A byte order mark carries no information in UTF-8; RFC 8259, section 8.1, lets us ignore it.
    let without_mark = match bytes.strip_prefix("\u{feff}".as_bytes()) {
        Some(rest) => bytes.slice_ref(rest),
        None => bytes.clone(),
    };
    // Serde would also accept an array, as the members in order.
    if without_mark.trim_ascii_start().first() != Some(&b'{') {
        return Err(not_json("it does not start with a brace"));
    }
    let cost = without_mark.len();
    let parse = move || parsed(&without_mark);
    heavy::run(&app.heavy, client, cost, SMALL_BYTES, parse)
        .await?
        .map_err(|error| not_json(&error.to_string()))
}

fn parsed<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<(T, Vec<FieldError>)> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let mut unknown = Vec::new();
    let value = serde_ignored::deserialize(&mut json, |path| {
        if unknown.len() < MAX_UNKNOWN {
            let name: String = path.to_string().chars().take(LONGEST_NAME_CHARS).collect();
            unknown.push(FieldError::new(&name, ValueError::UnknownMember));
        }
    })?;
    json.end()?;
    Ok((value, unknown))
}

fn not_json(why: &str) -> Problem {
    Problem::new(ProblemKind::NotJson)
        .with_detail(format!("The body is not a valid JSON object: {why}."))
}

/// The client that the body is parsed for. Every call with a body needs a token, so a request without one is refused.
fn known_caller(request: &Request) -> Result<Submitter, Problem> {
    match request.extensions().get::<Call>() {
        Some(call) if call.caller.is_some() => Ok(call.client()),
        _ => Err(Error::SignInRequired.into()),
    }
}

/// Only JSON is supported, so a body without a content type is taken as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// A whole number in digits, by the exact value of its JSON number; empty if the member is missing or null.
pub(super) fn count(raw: &RawMember) -> Result<String, ValueError> {
    match raw.as_deref().map(RawValue::get) {
        None | Some("null") => Ok(String::new()),
        // Reuse the exact parser for amounts, which counts in hundredths.
        Some(number) => match Money::from_json(number, Currency::Eur).map(Money::minor) {
            Ok(hundredths) if hundredths % 100 == 0 => Ok((hundredths / 100).to_string()),
            _ => Err(ValueError::NotACount),
        },
    }
}

/// A currency by its code; `None` if the member is missing or null.
pub(super) fn currency(raw: &RawMember) -> Result<Option<Currency>, ValueError> {
    match &*text(raw)? {
        "" => Ok(None),
        code => code.parse().map(Some),
    }
}

/// A string; empty if the member is missing or null.
pub(super) fn text(raw: &RawMember) -> Result<String, ValueError> {
    match raw {
        None => Ok(String::new()),
        Some(raw) => serde_json::from_str::<Option<String>>(raw.get())
            .map(Option::unwrap_or_default)
            .map_err(|_| ValueError::Refused("Send a string here, in quotes.".to_owned())),
    }
}

/// Maximum length of a list of strings, in bytes of JSON: several times what ten skills need if every character
/// is escaped.
const LONGEST_LIST_BYTES: usize = 16 * 1024;

/// A list of strings; empty if the member is missing or null.
pub(super) fn texts(raw: &RawMember) -> Result<Vec<String>, ValueError> {
    match raw {
        None => Ok(Vec::new()),
        Some(raw) if raw.get().len() > LONGEST_LIST_BYTES => Err(ValueError::Refused(
            "This list is far too long; send fewer strings.".to_owned(),
        )),
        Some(raw) => serde_json::from_str::<Option<Vec<String>>>(raw.get())
            .map(Option::unwrap_or_default)
            .map_err(|_| ValueError::Refused("Send a list of strings here.".to_owned())),
    }
}

/// An amount, by the exact value of its JSON number.
pub(super) fn amount(raw: &RawMember, currency: Currency) -> Result<Money, ValueError> {
    match raw.as_deref().map(RawValue::get) {
        None | Some("null") => Err(ValueError::Missing),
        Some(number) => Money::from_json(number, currency),
    }
}

/// A time, as an RFC 3339 string or as Unix seconds.
pub(super) fn moment(raw: &RawMember) -> Result<OffsetDateTime, ValueError> {
    match raw.as_deref().map(RawValue::get) {
        None | Some("null") => Err(ValueError::Missing),
        Some(json) => match serde_json::from_str::<String>(json) {
            Ok(text) => moment_in(&text),
            Err(_) => unix_seconds(json),
        },
    }
}

/// A time in a query or a string: RFC 3339, or Unix seconds.
pub(super) fn moment_in(text: &str) -> Result<OffsetDateTime, ValueError> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| not_a_moment())
        .or_else(|wrong| unix_seconds(text).map_err(|_| wrong))
}

/// Whole seconds since 1970, read by value, so that `1.8e9` and `1800000000.0` are accepted too.
fn unix_seconds(number: &str) -> Result<OffsetDateTime, ValueError> {
    // Reuse the exact parser for amounts, which counts in hundredths.
    let hundredths = Money::from_json(number, Currency::Eur).map_err(|_| not_a_moment())?;
    match (hundredths.minor() / 100, hundredths.minor() % 100) {
        (seconds, 0) => OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| not_a_moment()),
        _ => Err(not_a_moment()),
    }
}

fn not_a_moment() -> ValueError {
    ValueError::Refused(
        "Send a time as an RFC 3339 string, such as \"2027-01-31T17:00:00Z\", or as whole Unix seconds.".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> RawMember {
        Some(serde_json::from_str(json).expect("JSON"))
    }

    #[test]
    fn a_time_is_rfc_3339_or_unix_seconds() {
        let seconds = |json| moment(&raw(json)).map(OffsetDateTime::unix_timestamp);
        for json in [
            "1800000000",
            "1.8e9",
            "1800000000.0",
            "\"1800000000\"",
            "\"2027-01-15T08:00:00Z\"",
            "\"2027-01-15T09:00:00+01:00\"",
        ] {
            assert_eq!(seconds(json), Ok(1_800_000_000), "{json}");
        }
        for json in [
            "1800000000.5",
            "true",
            "\"soon\"",
            "\"2027-01-15\"",
            "\"2027-02-30T08:00:00Z\"",
            "-5",
            "1e300",
            "{}",
            "\"\"",
        ] {
            assert!(seconds(json).is_err(), "{json}");
        }
        assert_eq!(moment(&None), Err(ValueError::Missing));
        assert_eq!(moment(&raw("null")), Err(ValueError::Missing));
    }

    #[test]
    fn a_member_of_the_wrong_type_is_refused() {
        assert_eq!(text(&raw("\"a\"")), Ok("a".to_owned()));
        assert_eq!(text(&None), Ok(String::new()));
        for json in ["1", "[\"a\"]", "true", "{}"] {
            assert!(text(&raw(json)).is_err(), "{json}");
            assert!(amount(&raw(&format!("\"{}\"", 1)), Currency::Eur).is_err());
        }
        assert!(texts(&raw("[1]")).is_err());
    }
}
