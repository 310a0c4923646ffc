//! The claims of an ID token, which must have been issued to us, for this visitor, just now (OpenID Connect Core,
//! section 3.1.3.7).

use serde::Deserialize;

/// The tolerated clock difference, in seconds.
const LEEWAY: f64 = 60.0;

/// The claims of an ID token whose signature has been verified.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    nonce: Option<String>,
    #[serde(flatten)]
    pub person: PersonClaims,
}

/// Claims about the person, from the token or the userinfo endpoint.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PersonClaims {
    pub email: Option<String>,
    email_verified: Option<EmailVerified>,
    pub name: Option<String>,
}

impl PersonClaims {
    /// True if the provider has verified that the e-mail belongs to this person.
    pub fn is_verified(&self) -> bool {
        match &self.email_verified {
            Some(EmailVerified::Boolean(verified)) => *verified,
            Some(EmailVerified::Text(text)) => text == "true",
            None => false,
        }
    }
}

/// Some providers send a boolean as a string.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum EmailVerified {
    Boolean(bool),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What the token's claims must match.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExpectedClaims<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// According to the database's clock, in seconds since the epoch.
    pub now: i64,
    /// The person must have signed in at the provider after this time; `None` accepts any time.
    pub signed_in_since: Option<i64>,
}

impl Claims {
    /// # Errors
    /// The mismatch, for the log.
    pub fn check(&self, expected: &ExpectedClaims<'_>) -> Result<(), &'static str> {
        let ours = |audience: &str| audience == expected.client_id;
        let (for_us, several) = match &self.aud {
            Audience::One(one) => (ours(one), false),
            Audience::Several(all) => (all.iter().any(|one| ours(one)), all.len() > 1),
        };
        let party = self.azp.as_deref();
        let now = expected.now as f64;
        if self.iss != expected.issuer {
            Err("the token was issued by another issuer")
        } else if !for_us {
            Err("the token was issued to another client")
        } else if party.is_some_and(|party| !ours(party)) || (several && party.is_none()) {
            Err("the token was issued to another party")
        } else if self.nonce.as_deref() != Some(expected.nonce) {
            Err("the token's nonce is not this visitor's")
        } else if self.sub.is_empty() || self.sub.chars().count() > 255 {
            Err("the token's subject is missing or too long")
        } else if self.exp + LEEWAY <= now {
            Err("the token has expired")
        } else if self.iat > now + LEEWAY || self.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
            Err("the token was issued in the future")
        } else {
            Ok(())
        }
    }

    /// True if the person signed in at the provider for this request, not earlier, or if that is not required. If it is
    /// required, `max_age` was sent, so `auth_time` must be present (OpenID Connect Core, section 3.1.2.1).
    pub fn is_fresh(&self, expected: &ExpectedClaims<'_>) -> bool {
        expected.signed_in_since.is_none_or(|since| {
            self.auth_time
                .is_some_and(|at| at >= since as f64 - LEEWAY && at <= expected.now as f64 + LEEWAY)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    const EXPECTED: ExpectedClaims<'_> = ExpectedClaims {
        issuer: "https://id.example",
        client_id: "us",
        nonce: "n",
        now: NOW,
        signed_in_since: None,
    };

    fn claims(changes: &Value) -> Claims {
        let mut claims = json!({
            "iss": "https://id.example", "sub": "1", "aud": "us", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        serde_json::from_value(claims).unwrap()
    }

    fn check(changes: Value) -> Result<(), &'static str> {
        claims(&changes).check(&EXPECTED)
    }

    #[test]
    fn a_required_sign_in_must_be_recent_within_a_minutes_leeway() {
        let expected = ExpectedClaims {
            signed_in_since: Some(NOW - 300),
            ..EXPECTED
        };
        for (changes, fresh) in [
            (json!({ "auth_time": NOW - 300 }), true),
            (json!({ "auth_time": NOW - 360 }), true),
            (json!({ "auth_time": NOW - 361 }), false),
            (json!({ "auth_time": NOW + 61 }), false),
            (json!({}), false),
        ] {
            assert_eq!(claims(&changes).is_fresh(&expected), fresh, "{changes}");
            assert!(claims(&changes).is_fresh(&EXPECTED));
        }
    }

    #[test]
    fn a_token_for_us_and_this_visitor_is_accepted() {
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({ "aud": ["us"] })), Ok(()));
        assert_eq!(check(json!({ "aud": ["us", "them"], "azp": "us" })), Ok(()));
        assert_eq!(check(json!({ "exp": NOW - 59, "iat": NOW + 60 })), Ok(()));
    }

    #[test]
    fn a_token_for_others_or_for_another_time_is_refused() {
        for changes in [
            json!({ "iss": "https://id.example/" }),
            json!({ "aud": "them" }),
            json!({ "aud": [] }),
            json!({ "aud": ["us", "them"] }),
            json!({ "aud": ["us", "them"], "azp": "them" }),
            json!({ "azp": "them" }),
            json!({ "nonce": "other" }),
            json!({ "nonce": null }),
            json!({ "sub": "" }),
            json!({ "sub": "x".repeat(256) }),
            json!({ "exp": NOW - 60 }),
            json!({ "iat": NOW + 61 }),
            json!({ "nbf": NOW + 61 }),
        ] {
            assert!(check(changes.clone()).is_err(), "{changes}");
        }
    }

    #[test]
    fn only_an_explicit_true_makes_an_email_verified() {
        for (claims, verified) in [
            (json!({ "email_verified": true }), true),
            (json!({ "email_verified": "true" }), true),
            (json!({ "email_verified": false }), false),
            (json!({ "email_verified": "false" }), false),
            (json!({ "email_verified": "yes" }), false),
            (json!({}), false),
        ] {
            let person: PersonClaims = serde_json::from_value(claims.clone()).unwrap();
            assert_eq!(person.is_verified(), verified, "{claims}");
        }
    }
}
