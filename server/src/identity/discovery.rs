//! What an OpenID provider publishes about itself (OpenID Connect Discovery 1.0).

use super::{
    config::is_loopback_http,
    http::{Http, HttpError},
};
use oauth2::AuthType;
use serde::Deserialize;
use url::Url;

/// The part of a provider's metadata that we use.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// True if the provider adds its issuer to every authorization response (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    pub async fn fetch(http: &Http, issuer: &str) -> Result<Self, HttpError> {
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let metadata: Self = http.get(&url, None).await?;
        metadata.check(issuer).map_err(HttpError::Unusable)?;
        Ok(metadata)
    }

    /// Section 4.3: the issuer must be exactly the requested one. No endpoint may use plain HTTP, which would expose
    /// personal data and secrets, unless both the endpoint and the issuer are on this machine.
    fn check(&self, issuer: &str) -> Result<(), String> {
        if self.issuer != issuer {
            return Err(format!(
                "it calls itself {:?} instead of {issuer:?}",
                self.issuer
            ));
        }
        let is_local = Url::parse(issuer).is_ok_and(|url| is_loopback_http(&url));
        let endpoints = [
            Some(&self.authorization_endpoint),
            Some(&self.token_endpoint),
            Some(&self.jwks_uri),
            self.userinfo_endpoint.as_ref(),
        ];
        for endpoint in endpoints.into_iter().flatten() {
            let is_safe = Url::parse(endpoint)
                .is_ok_and(|url| url.scheme() == "https" || (is_local && is_loopback_http(&url)));
            if !is_safe {
                return Err(format!("its endpoint {endpoint:?} is not https"));
            }
        }
        match self.token_endpoint_auth_methods_supported {
            Some(_) if self.auth_type().is_none() => {
                Err("it accepts a client secret neither with HTTP Basic nor in the form".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// How to send our secret, by default with HTTP Basic (section 3); `None` if the provider accepts neither way.
    pub fn auth_type(&self) -> Option<AuthType> {
        let Some(methods) = &self.token_endpoint_auth_methods_supported else {
            return Some(AuthType::BasicAuth);
        };
        let supports = |name: &str| methods.iter().any(|method| method == name);
        if supports("client_secret_basic") {
            Some(AuthType::BasicAuth)
        } else {
            supports("client_secret_post").then_some(AuthType::RequestBody)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example";

    fn check_with(changes: Value) -> Result<(), String> {
        let mut metadata_json = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://keys.example/",
        });
        for (name, value) in changes.as_object().unwrap() {
            metadata_json[name] = value.clone();
        }
        let metadata: Metadata = serde_json::from_value(metadata_json).unwrap();
        metadata.check(ISSUER)
    }

    #[test]
    fn the_issuer_must_be_exactly_the_requested_one() {
        assert_eq!(check_with(json!({})), Ok(()));
        for issuer in ["https://id.example/", "https://evil.example", ""] {
            assert!(check_with(json!({ "issuer": issuer })).is_err(), "{issuer}");
        }
    }

    #[test]
    fn a_remote_provider_must_not_use_plain_http() {
        for address in ["http://id.example/token", "http://127.0.0.1:5432/", "x"] {
            for endpoint in [
                "token_endpoint",
                "authorization_endpoint",
                "jwks_uri",
                "userinfo_endpoint",
            ] {
                assert!(
                    check_with(json!({ endpoint: address })).is_err(),
                    "{address}"
                );
            }
        }
    }

    #[test]
    fn a_provider_that_accepts_no_client_secret_is_refused() {
        let methods = |names: &[&str]| json!({ "token_endpoint_auth_methods_supported": names });
        assert_eq!(check_with(methods(&["client_secret_post"])), Ok(()));
        assert!(check_with(methods(&["private_key_jwt"])).is_err());
    }
}
