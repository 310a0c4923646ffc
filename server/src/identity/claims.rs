//! What an ID token says, and whether it is for us, for this visitor and just made (OpenID Connect Core, section 3.1.3.7).

use serde::Deserialize;

/// How far two clocks may be apart, in seconds.
const LEEWAY: f64 = 60.0;

/// The claims of an ID token whose signature is good.
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
    pub person: Person,
}

/// What is said about the person, in the token or at the userinfo endpoint.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Person {
    pub email: Option<String>,
    email_verified: Option<Verified>,
    pub name: Option<String>,
}

impl Person {
    /// The provider has made sure that the e-mail is this person's.
    pub fn is_verified(&self) -> bool {
        match &self.email_verified {
            Some(Verified::Said(said)) => *said,
            Some(Verified::Written(text)) => text == "true",
            None => false,
        }
    }
}

/// Some providers write a boolean as a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Verified {
    Said(bool),
    Written(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What the token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// By the database's clock, in seconds since the epoch.
    pub now: i64,
    /// The person must have signed in at the provider after this moment; anyhow when there is none.
    pub signed_in_since: Option<i64>,
}

impl Claims {
    /// # Errors
    /// What does not fit, for the log.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), &'static str> {
        let ours = |audience: &str| audience == expected.client_id;
        let (for_us, several) = match &self.aud {
            Audience::One(one) => (ours(one), false),
            Audience::Several(all) => (all.iter().any(|one| ours(one)), all.len() > 1),
        };
        let party = self.azp.as_deref();
        let now = expected.now as f64;
        if self.iss != expected.issuer {
            Err("the token is of another issuer")
        } else if !for_us {
            Err("the token is for another client")
        } else if party.is_some_and(|party| !ours(party)) || (several && party.is_none()) {
            Err("the token was made for another party")
        } else if self.nonce.as_deref() != Some(expected.nonce) {
            Err("the token's nonce is not this visitor's")
        } else if self.sub.is_empty() || self.sub.chars().count() > 255 {
            Err("the token names nobody")
        } else if self.exp + LEEWAY <= now {
            Err("the token has expired")
        } else if self.iat > now + LEEWAY || self.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
            Err("the token is of the future")
        } else {
            Ok(())
        }
    }

    /// Whether the person signed in at the provider when it was asked for, and not long before: `auth_time` must be there
    /// because `max_age` was sent (OpenID Connect Core, section 3.1.2.1).
    pub fn is_fresh(&self, expected: &Expected<'_>) -> bool {
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

    const EXPECTED: Expected<'_> = Expected {
        issuer: "https://id.example",
        client_id: "us",
        nonce: "n",
        now: NOW,
        signed_in_since: None,
    };

    fn claims(changes: &Value) -> Claims {
        let mut written = json!({
            "iss": "https://id.example", "sub": "1", "aud": "us", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        });
        for (name, value) in changes.as_object().unwrap() {
            written[name] = value.clone();
        }
        serde_json::from_value(written).unwrap()
    }

    fn check(changes: Value) -> Result<(), &'static str> {
        claims(&changes).check(&EXPECTED)
    }

    #[test]
    fn who_must_have_signed_in_just_now_did_so_within_a_minutes_leeway() {
        let expected = Expected {
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
    fn a_token_for_us_and_this_visitor_is_good() {
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({ "aud": ["us"] })), Ok(()));
        assert_eq!(check(json!({ "aud": ["us", "them"], "azp": "us" })), Ok(()));
        assert_eq!(check(json!({ "exp": NOW - 59, "iat": NOW + 60 })), Ok(()));
    }

    #[test]
    fn what_is_not_for_us_or_not_of_now_is_refused() {
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
    fn only_a_plain_yes_makes_an_email_verified() {
        for (written, verified) in [
            (json!({ "email_verified": true }), true),
            (json!({ "email_verified": "true" }), true),
            (json!({ "email_verified": false }), false),
            (json!({ "email_verified": "false" }), false),
            (json!({ "email_verified": "yes" }), false),
            (json!({}), false),
        ] {
            let person: Person = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(person.is_verified(), verified, "{written}");
        }
    }
}
