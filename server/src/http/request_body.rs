//! Reads the request bodies of all handlers: limits their size, and decodes compressed ones (RFC 9110, section 8.4).
//!
//! - The handler's limit applies to the bytes as sent, and again to the decoded bytes. Each handler reports a failure
//!   in its own format: problem details, a page, or an OAuth error.
//! - A single gzip or deflate encoding is decoded. Anything else is refused with 415 and `Accept-Encoding`. Brotli and
//!   Zstandard are not supported: their decoders allocate the window that the body declares, megabytes for a few bytes,
//!   before there is output to bound. The window of deflate is 32 KiB.
//! - Decoding more than 8 KiB runs on the pool for heavy work and counts as the client's work: 512 KiB of empty blocks
//!   take 0.1 s. flate2 uses zlib-rs, because its own backend builds tables for each block and takes 4 s.
//! - A body that does not match its encoding is refused (400): one that is cut off, has a wrong checksum, or has
//!   bytes after its end.

use crate::runtime::heavy;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use flate2::{Decompress, FlushDecompress, Status, bufread::MultiGzDecoder};
use guildhall::{Error, cpu::CpuPool, fairness::Submitter};
use std::io::Read;

/// The supported encodings.
const DECODED: HeaderValue = HeaderValue::from_static("gzip, deflate");

/// A compressed body of up to this size decodes within a millisecond, whatever it contains; empty blocks are the most
/// expensive.
const SMALL_BYTES: usize = 8 * 1024;

/// Why a body could not be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// Its encoding is not supported.
    UnsupportedEncoding,
    /// It does not match its `Content-Encoding`.
    NotDecodable,
    /// It exceeds the handler's limit, as sent or after decoding.
    TooLarge,
    /// It arrived incomplete.
    Interrupted,
    /// The server is too busy to decode it.
    Busy(Error),
}

impl BodyError {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::UnsupportedEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotDecodable | Self::Interrupted => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What happened and what to do next.
    pub(crate) const fn message(&self) -> &'static str {
        match self {
            Self::UnsupportedEncoding => {
                "This Content-Encoding is not supported: use gzip or deflate, or send the body uncompressed."
            }
            Self::NotDecodable => {
                "The body does not match its Content-Encoding: compress it again, or omit the header."
            }
            Self::TooLarge => "The body is too large: send a shorter one.",
            Self::Interrupted => "The body arrived incomplete: send it again.",
            Self::Busy(_) => "Guildhall is very busy: try again in a second.",
        }
    }

    pub(crate) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            // RFC 9110, section 15.5.16.
            Self::UnsupportedEncoding => vec![(header::ACCEPT_ENCODING, DECODED)],
            _ => Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// Reads the body. After decoding it may be at most `most` bytes long; as sent, axum's body limit for the route
/// applies. Decoding counts as the client's work.
pub(crate) async fn read(
    request: Request,
    pool: &CpuPool,
    client: Submitter,
    most: usize,
) -> Result<Bytes, BodyError> {
    let coding = coding(request.headers())?;
    let sent =
        Bytes::from_request(request, &())
            .await
            .map_err(|refused| match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => BodyError::TooLarge,
                _ => BodyError::Interrupted,
            })?;
    // Some clients name an encoding in every request, even for an empty body, which needs no decoding.
    let Some(coding) = coding.filter(|_| !sent.is_empty()) else {
        return Ok(sent);
    };
    let cost = sent.len();
    let decode = move || decoded(coding, &sent, most);
    heavy::run(pool, client, cost, SMALL_BYTES, decode)
        .await
        .map_err(BodyError::Busy)?
}

/// True if the headers declare a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    is_of(headers, "application/x-www-form-urlencoded")
}

/// True if the headers declare JSON. A page on another site can't send JSON without a preflight request (Fetch, section
/// 3.2).
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    is_of(headers, "application/json")
}

fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(media_type))
}

/// The encoding named in the headers, if any; more than one is not supported.
fn coding(headers: &HeaderMap) -> Result<Option<Coding>, BodyError> {
    let mut coding = None;
    for line in headers.get_all(header::CONTENT_ENCODING) {
        let line = line.to_str().map_err(|_| BodyError::UnsupportedEncoding)?;
        for name in line.split(',').map(str::trim) {
            let one = match &*name.to_ascii_lowercase() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" => Coding::Gzip,
                "deflate" => Coding::Deflate,
                _ => return Err(BodyError::UnsupportedEncoding),
            };
            if coding.replace(one).is_some() {
                return Err(BodyError::UnsupportedEncoding);
            }
        }
    }
    Ok(coding)
}

fn decoded(coding: Coding, sent: &[u8], most: usize) -> Result<Bytes, BodyError> {
    match coding {
        Coding::Gzip => gunzip(sent, most),
        Coding::Deflate => inflate(sent, most),
    }
    .map(Bytes::from)
}

/// RFC 1952: one or more members, and nothing after them.
fn gunzip(sent: &[u8], most: usize) -> Result<Vec<u8>, BodyError> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    MultiGzDecoder::new(sent)
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|_| BodyError::NotDecodable)?;
    if bytes.len() > most {
        return Err(BodyError::TooLarge);
    }
    Ok(bytes)
}

/// RFC 9110, section 8.4.1.2: deflate within zlib. flate2's reader accepts a truncated stream, so we check for its end.
fn inflate(sent: &[u8], most: usize) -> Result<Vec<u8>, BodyError> {
    let mut decoder = Decompress::new(true);
    // The decoder writes no more than the capacity.
    let mut bytes = Vec::with_capacity(most.saturating_add(1));
    let status = decoder
        .decompress_vec(sent, &mut bytes, FlushDecompress::Finish)
        .map_err(|_| BodyError::NotDecodable)?;
    if bytes.len() > most {
        return Err(BodyError::TooLarge);
    }
    let is_whole =
        status == Status::StreamEnd && u64::try_from(sent.len()) == Ok(decoder.total_in());
    if is_whole {
        Ok(bytes)
    } else {
        Err(BodyError::NotDecodable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = write::GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("writing to memory succeeds");
        encoder.finish().expect("writing to memory succeeds")
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("writing to memory succeeds");
        encoder.finish().expect("writing to memory succeeds")
    }

    #[test]
    fn one_encoding_at_a_time_is_supported() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(line));
            }
            coding(&headers).ok()
        };
        assert_eq!(of(&[]), Some(None));
        assert_eq!(of(&["", "identity"]), Some(None));
        assert_eq!(of(&["X-GZIP"]), Some(Some(Coding::Gzip)));
        assert_eq!(of(&["identity, deflate ,"]), Some(Some(Coding::Deflate)));
        for lines in [
            &["gzip", "gzip"][..],
            &["gzip, deflate"],
            &["br"],
            &["gzip;q=1"],
        ] {
            assert_eq!(of(lines), None, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn a_compressed_body_decodes_to_the_original_unless_it_exceeds_the_limit(text: Vec<u8>, most in 0_usize..200) {
            for (coding, sent) in [(Coding::Gzip, gzip(&text)), (Coding::Deflate, zlib(&text))] {
                match decoded(coding, &sent, most) {
                    Ok(bytes) => prop_assert_eq!(&bytes[..], &text[..]),
                    Err(BodyError::TooLarge) => prop_assert!(text.len() > most),
                    Err(other) => return Err(TestCaseError::fail(format!("{other:?}"))),
                }
            }
        }

        #[test]
        fn no_input_panics_or_exceeds_the_limit(sent: Vec<u8>, most in 0_usize..200) {
            for coding in [Coding::Gzip, Coding::Deflate] {
                if let Ok(bytes) = decoded(coding, &sent, most) {
                    prop_assert!(bytes.len() <= most);
                }
            }
        }

        #[test]
        fn a_truncated_body_is_refused(text: Vec<u8>, left in any::<proptest::sample::Index>()) {
            for (coding, sent) in [(Coding::Gzip, gzip(&text)), (Coding::Deflate, zlib(&text))] {
                // An empty body is never decoded.
                let cut = &sent[..1 + left.index(sent.len() - 1)];
                if cut.len() < sent.len() {
                    prop_assert!(decoded(coding, cut, 10_000).is_err());
                }
            }
        }
    }
}
