//! Requests to push services (RFC 8030). Each has an encrypted message (RFC 8291) and a token that names this site (RFC 8292).

use guildhall::{
    notice::MailDelay,
    webhook::{PushKeyPair, PushKeys, delivery::WebhookDelivery},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{
    Client, RequestBuilder,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::Serialize;
use std::{error::Error, time::Duration};

/// How long a push service keeps a message for a browser that is closed: as long as other webhooks are tried.
const KEPT: Duration = Duration::from_secs(3 * 24 * 3600);
/// How long a token is valid; push services refuse more than 24 hours.
const TOKEN_LASTS: Duration = Duration::from_secs(12 * 3600);

#[derive(Serialize)]
struct Claims<'a> {
    /// The push service.
    aud: String,
    /// In seconds since the epoch.
    exp: i64,
    /// The contact for these messages: the site's URL, if it uses https (RFC 8292, section 2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

/// A request with this message. `base_url` is the site's address.
///
/// # Errors
/// If the message can't be encrypted or the token can't be signed.
pub(super) fn request(
    client: &Client,
    delivery: &WebhookDelivery,
    message: Vec<u8>,
    keys: &PushKeys,
    site: &PushKeyPair,
    base_url: &str,
) -> Result<RequestBuilder, Box<dyn Error>> {
    let url = delivery.url.url();
    let claims = Claims {
        aud: url.origin().ascii_serialization(),
        exp: (delivery.at + TOKEN_LASTS).unix_timestamp(),
        sub: Some(base_url).filter(|url| url.starts_with("https://")),
    };
    let key = EncodingKey::from_ec_der(&site.to_pkcs8()?);
    let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &key)?;
    let request = client
        .post(url.clone())
        .header(
            AUTHORIZATION,
            format!("vapid t={token}, k={}", site.public()),
        )
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_ENCODING, "aes128gcm")
        .header("ttl", kept(delivery).as_secs())
        .header("urgency", urgency(delivery))
        .body(keys.encrypt(message)?);
    Ok(request)
}

/// True if the message is no longer worth showing.
pub(super) fn is_overdue(delivery: &WebhookDelivery) -> bool {
    kept(delivery).is_zero()
}

/// How long the message is worth showing: until the deadline if it is about an open project, otherwise for [`KEPT`].
fn kept(delivery: &WebhookDelivery) -> Duration {
    let notice = &delivery.notice;
    let open = notice.project.as_ref();
    let open = open.filter(|_| !notice.kind.is_result());
    let left = open.map(|project| (project.deadline - delivery.at).try_into());
    left.map_or(KEPT, |left| left.unwrap_or(Duration::ZERO).min(KEPT))
}

/// How urgent the message is: a device that saves its battery wakes up only for urgent ones (RFC 8030, section 5.3).
fn urgency(delivery: &WebhookDelivery) -> &'static str {
    match delivery.notice.kind.delay() {
        MailDelay::Nothing => "high",
        MailDelay::BeforeDeadline
        | MailDelay::QuietHours
        | MailDelay::Digest
        | MailDelay::DigestBeforeDeadline => "normal",
    }
}
