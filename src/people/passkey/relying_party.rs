//! The site as authenticators know it, and what it makes of their answers (WebAuthn Level 3, section 7).

use super::{LONGEST_ANSWER_BYTES, Refusal};
use crate::{Error, Result, account::Contact};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::time::Duration;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    CreationChallengeResponse, CredentialID, DiscoverableAuthentication, Passkey,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Webauthn,
    WebauthnBuilder, WebauthnError,
};

/// What browsers call the site in their dialogs.
const NAME: &str = "Guildhall";
/// How long a challenge can be answered.
pub(super) const TIMEOUT: Duration = Duration::from_secs(300);

/// The site as authenticators know it: by its domain name.
#[derive(Debug, Clone)]
pub struct RelyingParty(Webauthn);

/// What an answer is verified against. It must stay on the server: whoever could choose it could send an answer twice.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum State {
    Registration(PasskeyRegistration),
    SignIn(DiscoverableAuthentication),
}

/// A challenge for the browser.
#[derive(Debug)]
pub(super) struct Challenge {
    /// SHA-256.
    pub hash: Vec<u8>,
    pub state: State,
    /// The browser's `publicKey` options, as JSON (WebAuthn Level 3, sections 5.1.8 and 5.1.9).
    pub options: String,
}

/// Why an answer is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rejection(pub Refusal);

impl From<WebauthnError> for Rejection {
    fn from(error: WebauthnError) -> Self {
        Self(match error {
            WebauthnError::UserNotVerified => Refusal::UserNotVerified,
            WebauthnError::CredentialPossibleCompromise => Refusal::PasskeyCopied,
            // Whether a passkey can be synchronized is fixed when it is created (WebAuthn Level 3, section 6.1.3).
            WebauthnError::CredentialBackupEligibilityInconsistent
            | WebauthnError::CredentialMayNotBeHardwareBound => Refusal::PasskeyChanged,
            _ => Refusal::AnswerNotVerified,
        })
    }
}

impl RelyingParty {
    /// The site with this public URL; `None` if its host is an IP address, which no passkey can be bound to.
    #[must_use]
    pub fn new(base_url: &str) -> Option<Self> {
        let origin = Url::parse(base_url).ok()?;
        let builder = WebauthnBuilder::new(origin.domain()?, &origin).ok()?;
        let party = builder.rp_name(NAME).timeout(TIMEOUT).build().ok()?;
        Some(Self(party))
    }

    /// True if passkeys work at this host, which is given as in a request's `Host` header, with or without a port.
    #[must_use]
    pub fn is_at(&self, host: &str) -> bool {
        let origins = self.0.get_allowed_origins();
        origins.iter().any(|origin| {
            let own = origin.host_str().unwrap_or_default();
            let port = origin.port();
            match host.rsplit_once(':') {
                Some((name, number)) => {
                    name.eq_ignore_ascii_case(own)
                        && number.parse().ok() == port.or(origin.port_or_known_default())
                }
                // Proxies may leave the port out.
                None => host.eq_ignore_ascii_case(own),
            }
        })
    }

    /// A challenge for a new passkey of the account with this handle. `existing` are the credentials it has already: a device
    /// that holds one of them makes no second one.
    pub(super) fn begin_registration(
        &self,
        handle: Uuid,
        owner: &Contact,
        existing: Vec<CredentialID>,
    ) -> Result<Challenge> {
        let begun =
            self.0
                .start_passkey_registration(handle, &owner.email, &owner.name, Some(existing));
        let (options, state) = begun.map_err(Error::unexpected)?;
        let hash = hash(&options.public_key.challenge);
        Ok(Challenge {
            hash,
            state: State::Registration(state),
            options: json(&discoverable(options).public_key)?,
        })
    }

    /// Verifies a new passkey.
    pub(super) fn finish_registration(
        &self,
        answer: &RegisterPublicKeyCredential,
        state: &PasskeyRegistration,
    ) -> Result<Passkey, Rejection> {
        let passkey = self.0.finish_passkey_registration(answer, state)?;
        match passkey.cred_id().is_empty() {
            // The library accepts an empty credential id.
            true => Err(Rejection(Refusal::AnswerNotVerified)),
            false => Ok(passkey),
        }
    }

    /// A challenge for a sign-in with any passkey of this site.
    pub(super) fn begin_sign_in(&self) -> Result<Challenge> {
        let begun = self.0.start_discoverable_authentication();
        let (options, state) = begun.map_err(Error::unexpected)?;
        Ok(Challenge {
            hash: hash(&options.public_key.challenge),
            state: State::SignIn(state),
            options: json(&options.public_key)?,
        })
    }

    /// The account's handle in an answer.
    pub(super) fn handle(&self, answer: &PublicKeyCredential) -> Result<Uuid, Rejection> {
        Ok(self.0.identify_discoverable_authentication(answer)?.0)
    }

    /// Verifies a sign-in with this passkey, and updates the passkey's counter and flags.
    pub(super) fn finish_sign_in(
        &self,
        answer: &PublicKeyCredential,
        state: DiscoverableAuthentication,
        passkey: &mut Passkey,
    ) -> Result<(), Rejection> {
        let verified = self
            .0
            .finish_discoverable_authentication_v2(answer, state, &*passkey)?;
        if !verified.user_verified() {
            return Err(Rejection(Refusal::UserNotVerified));
        }
        passkey.update_credential(&verified);
        Ok(())
    }
}

/// The library leaves it to the device whether the passkey can be found without the account's name. Here it must be, because
/// a sign-in begins without one.
fn discoverable(mut options: CreationChallengeResponse) -> CreationChallengeResponse {
    use webauthn_rs_proto::ResidentKeyRequirement::Required;
    if let Some(selection) = &mut options.public_key.authenticator_selection {
        selection.resident_key = Some(Required);
        selection.require_resident_key = true;
    }
    options
}

fn json(options: &impl Serialize) -> Result<String> {
    serde_json::to_string(options).map_err(Error::unexpected)
}

/// SHA-256, as challenges are stored.
pub(super) fn hash(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// Reads a browser's answer, which is JSON.
pub(super) fn read<T: DeserializeOwned>(answer: &str) -> Result<T, Refusal> {
    if answer.len() > LONGEST_ANSWER_BYTES {
        return Err(Refusal::AnswerNotVerified);
    }
    serde_json::from_str(answer).map_err(|_| Refusal::AnswerNotVerified)
}

/// The challenge that the browser says it has answered. Its signature covers this text.
///
/// An answer from a frame within a page of another site is refused: the library does so for new passkeys only.
pub(super) fn challenge_in(client_data: &[u8]) -> Result<Vec<u8>, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ClientData {
        challenge: String,
        #[serde(default)]
        cross_origin: Option<bool>,
    }
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let data: ClientData =
        serde_json::from_slice(client_data).map_err(|_| Refusal::AnswerNotVerified)?;
    if data.cross_origin == Some(true) {
        return Err(Refusal::AnswerNotVerified);
    }
    let challenge = URL_SAFE_NO_PAD.decode(data.challenge);
    challenge.map_err(|_| Refusal::AnswerNotVerified)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_site_with_a_domain_name_offers_passkeys() {
        for url in [
            "https://guildhall.example",
            "http://localhost:3000",
            "https://bids.guildhall.example:8443",
        ] {
            assert!(RelyingParty::new(url).is_some(), "{url}");
        }
        for url in ["http://127.0.0.1:3000", "https://[::1]", "", "guildhall"] {
            assert!(RelyingParty::new(url).is_none(), "{url}");
        }
    }

    #[test]
    fn passkeys_work_at_the_sites_own_host_only() {
        for (url, host, works) in [
            ("https://guildhall.example", "guildhall.example", true),
            ("https://guildhall.example", "Guildhall.example:443", true),
            ("https://guildhall.example", "guildhall.example:8443", false),
            ("https://guildhall.example", "www.guildhall.example", false),
            ("https://guildhall.example", "192.0.2.1", false),
            ("http://localhost:3000", "localhost:3000", true),
            ("http://localhost:3000", "localhost", true),
            ("http://localhost:3000", "127.0.0.1:3000", false),
            ("http://localhost:3000", "", false),
        ] {
            let party = RelyingParty::new(url).unwrap();
            assert_eq!(party.is_at(host), works, "{host} of {url}");
        }
    }

    #[test]
    fn a_challenge_asks_for_a_verified_user_and_a_passkey_that_can_be_found() {
        let party = RelyingParty::new("https://guildhall.example").unwrap();
        let owner = Contact {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
        };
        let challenge = party.begin_registration(Uuid::from_u128(7), &owner, Vec::new());
        let options: serde_json::Value = serde_json::from_str(&challenge.unwrap().options).unwrap();
        assert_eq!(options["rp"]["id"], "guildhall.example");
        assert_eq!(options["rp"]["name"], "Guildhall");
        let selection = &options["authenticatorSelection"];
        assert_eq!(selection["residentKey"], "required");
        assert_eq!(selection["userVerification"], "required");

        let challenge = party.begin_sign_in().unwrap();
        let options: serde_json::Value = serde_json::from_str(&challenge.options).unwrap();
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["allowCredentials"], serde_json::json!([]));
        let client_data = format!(r#"{{"challenge":{},"x":1}}"#, options["challenge"]);
        let answered = challenge_in(client_data.as_bytes()).unwrap();
        assert_eq!(hash(&answered), challenge.hash);
    }

    #[test]
    fn an_answer_that_is_no_json_or_too_long_is_refused() {
        let read = |text: &str| read::<serde_json::Value>(text).err();
        assert_eq!(read("{}"), None);
        assert_eq!(read("{"), Some(Refusal::AnswerNotVerified));
        let long = format!("\"{}\"", "x".repeat(LONGEST_ANSWER_BYTES));
        assert_eq!(read(&long), Some(Refusal::AnswerNotVerified));
        for data in [
            "",
            "{}",
            r#"{"challenge":"+/"}"#,
            r#"{"challenge":"AA","crossOrigin":true}"#,
        ] {
            assert!(challenge_in(data.as_bytes()).is_err(), "{data}");
        }
        for data in [
            r#"{"challenge":"AA"}"#,
            r#"{"challenge":"AA","crossOrigin":false}"#,
        ] {
            assert_eq!(challenge_in(data.as_bytes()), Ok(vec![0]), "{data}");
        }
    }
}
