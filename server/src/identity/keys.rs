//! The keys that a provider signs with (RFC 7517), and the verification of signatures.

use super::{
    claims::Claims,
    http::{Http, HttpError},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// The maximum number of keys kept per provider.
const MAX_KEYS: usize = 50;

/// A provider's keys, except those of unsupported kinds.
#[derive(Debug)]
pub(super) struct Keys(Vec<Jwk>);

/// The result of verifying a token.
pub(super) enum Verdict {
    Good(Box<Claims>),
    /// No single key fits the token, or that key did not sign it. The provider may have newer keys, even under a known
    /// id.
    NoKey,
    Bad(&'static str),
}

impl Keys {
    pub async fn fetch(http: &Http, url: &str) -> Result<Self, HttpError> {
        #[derive(Deserialize)]
        struct JwkSet {
            keys: Vec<Value>,
        }
        let published: JwkSet = http.get(url, None).await?;
        Ok(Self::of(published.keys))
    }

    fn of(published: Vec<Value>) -> Self {
        let keys = published.into_iter().take(MAX_KEYS);
        Self(
            keys.filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
        )
    }

    /// Verifies the signature. The algorithm must be one of four, and the key must be of the matching type, so that a
    /// token cannot choose to be verified as an HMAC with a public key, or not at all (RFC 8725, section 3.1).
    pub fn verify(&self, token: &str) -> Verdict {
        let Ok(header) = decode_header(token) else {
            return Verdict::Bad("the token's header is malformed or names an unknown algorithm");
        };
        if !matches!(
            header.alg,
            Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA
        ) {
            return Verdict::Bad("the token's algorithm is not one of RS256, PS256, ES256, EdDSA");
        }
        if header.crit.is_some() {
            return Verdict::Bad("the token requires an extension");
        }
        let fitting: Vec<&Jwk> = self
            .0
            .iter()
            .filter(|key| fits(key, header.alg))
            .filter(|key| header.kid.is_none() || key.common.key_id == header.kid)
            .collect();
        let [key] = fitting[..] else {
            return Verdict::NoKey;
        };
        let Ok(key) = DecodingKey::from_jwk(key) else {
            return Verdict::Bad("the provider's key is malformed");
        };
        // Verify only the signature: the crate would check expiry against the system's clock, but this server uses the
        // database's.
        let mut validation = Validation::new(header.alg);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        match decode::<Claims>(token, &key, &validation) {
            Ok(token) => Verdict::Good(Box::new(token.claims)),
            Err(error) if *error.kind() == ErrorKind::InvalidSignature => Verdict::NoKey,
            Err(_) => Verdict::Bad("the token's claims are malformed"),
        }
    }
}

/// True if the key can verify signatures of this algorithm.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let for_signatures = matches!(
        key.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let is_named = |name| key.common.key_algorithm.is_none_or(|named| named == name);
    for_signatures
        && match (&key.algorithm, algorithm) {
            (AlgorithmParameters::RSA(_), Algorithm::RS256) => is_named(KeyAlgorithm::RS256),
            (AlgorithmParameters::RSA(_), Algorithm::PS256) => is_named(KeyAlgorithm::PS256),
            (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => {
                curve.curve == EllipticCurve::P256 && is_named(KeyAlgorithm::ES256)
            }
            (AlgorithmParameters::OctetKeyPair(curve), Algorithm::EdDSA) => {
                curve.curve == EllipticCurve::Ed25519 && is_named(KeyAlgorithm::EdDSA)
            }
            _ => false,
        }
}
