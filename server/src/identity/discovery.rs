//! What an OpenID provider publishes about itself (OpenID Connect Discovery 1.0).

use super::{
    config::is_loopback,
    http::{Http, HttpError},
};
use oauth2::AuthType;
use serde::Deserialize;
use url::Url;

/// What is needed of the provider's metadata.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// It adds its own name to every answer (RFC 9207).
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

    /// Section 4.3: the issuer must be exactly the one that was asked. A provider must not send people or
    /// secrets over plain HTTP, unless it is on this machine and they stay here.
    fn check(&self, issuer: &str) -> Result<(), String> {
        if self.issuer != issuer {
            return Err(format!(
                "it calls itself {:?} instead of {issuer:?}",
                self.issuer
            ));
        }
        let is_here = Url::parse(issuer).is_ok_and(|url| is_loopback(&url));
        let endpoints = [
            Some(&self.authorization_endpoint),
            Some(&self.token_endpoint),
            Some(&self.jwks_uri),
            self.userinfo_endpoint.as_ref(),
        ];
        for endpoint in endpoints.into_iter().flatten() {
            let good = Url::parse(endpoint)
                .is_ok_and(|url| url.scheme() == "https" || (is_here && is_loopback(&url)));
            if !good {
                return Err(format!("its address {endpoint:?} is not https"));
            }
        }
        match self.token_endpoint_auth_methods_supported {
            Some(_) if self.auth_type().is_none() => {
                Err("it takes a client's secret neither by HTTP Basic nor in the form".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// How our secret is shown; HTTP Basic unless it says otherwise (section 3).
    pub fn auth_type(&self) -> Option<AuthType> {
        let Some(methods) = &self.token_endpoint_auth_methods_supported else {
            return Some(AuthType::BasicAuth);
        };
        let takes = |name: &str| methods.iter().any(|method| method == name);
        if takes("client_secret_basic") {
            Some(AuthType::BasicAuth)
        } else {
            takes("client_secret_post").then_some(AuthType::RequestBody)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example";

    fn checked(changes: Value) -> Result<(), String> {
        let mut written = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://keys.example/",
        });
        for (name, value) in changes.as_object().unwrap() {
            written[name] = value.clone();
        }
        let metadata: Metadata = serde_json::from_value(written).unwrap();
        metadata.check(ISSUER)
    }

    #[test]
    fn the_issuer_is_exactly_the_one_that_was_asked() {
        assert_eq!(checked(json!({})), Ok(()));
        for issuer in ["https://id.example/", "https://evil.example", ""] {
            assert!(checked(json!({ "issuer": issuer })).is_err(), "{issuer}");
        }
    }

    #[test]
    fn nobody_is_sent_over_plain_http_by_a_provider_elsewhere() {
        for address in ["http://id.example/token", "http://127.0.0.1:5432/", "x"] {
            for endpoint in [
                "token_endpoint",
                "authorization_endpoint",
                "jwks_uri",
                "userinfo_endpoint",
            ] {
                assert!(checked(json!({ endpoint: address })).is_err(), "{address}");
            }
        }
    }

    #[test]
    fn the_secret_is_shown_in_a_way_that_the_provider_takes() {
        let methods = |names: &[&str]| json!({ "token_endpoint_auth_methods_supported": names });
        assert_eq!(checked(methods(&["client_secret_post"])), Ok(()));
        assert!(checked(methods(&["private_key_jwt"])).is_err());
    }
}
