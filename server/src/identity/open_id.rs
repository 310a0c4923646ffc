//! OpenID Connect: a provider with published metadata and signed ID tokens.

use super::{
    claims::{Claims, ExpectedClaims, PersonClaims},
    discovery::Metadata,
    document_cache::DocumentCache,
    http::{Http, HttpError},
    keys::{Keys, Verdict},
    provider::SignInFailure,
};
use guildhall::identity::{Assertion, VouchedPerson};
use serde::Deserialize;
use std::sync::Arc;

/// An OpenID provider with its cached metadata and keys.
#[derive(Debug)]
pub(super) struct OpenId {
    issuer: String,
    metadata: DocumentCache<Metadata>,
    keys: DocumentCache<Keys>,
}

impl OpenId {
    pub fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            metadata: DocumentCache::default(),
            keys: DocumentCache::default(),
        }
    }

    pub async fn metadata(&self, http: &Http) -> Result<Arc<Metadata>, HttpError> {
        self.metadata.get(Metadata::fetch(http, &self.issuer)).await
    }

    /// Checks the issuer of an authorization response, if the provider sends one or must do so (RFC 9207, section 2.4).
    pub fn check_issuer(
        &self,
        metadata: &Metadata,
        iss: Option<&str>,
    ) -> Result<(), SignInFailure> {
        match iss {
            Some(iss) if iss == self.issuer => Ok(()),
            None if !metadata.authorization_response_iss_parameter_supported => Ok(()),
            _ => Err(SignInFailure::Answer("the answer is from another issuer")),
        }
    }

    /// The person the ID token vouches for. The userinfo endpoint is queried if the token lacks the e-mail address.
    pub async fn vouched_person(
        &self,
        http: &Http,
        metadata: &Metadata,
        token: Option<&str>,
        access_token: &str,
        expected: &ExpectedClaims<'_>,
    ) -> Result<VouchedPerson, SignInFailure> {
        let token = token.ok_or(SignInFailure::Answer("there is no ID token"))?;
        let claims = self.claims(http, metadata, token).await?;
        claims.check(expected).map_err(SignInFailure::Answer)?;
        if !claims.is_fresh(expected) {
            return Err(SignInFailure::SignInNotRecent);
        }
        let fetched = match &metadata.userinfo_endpoint {
            Some(url) if claims.person.email.is_none() => {
                Some(userinfo(http, url, access_token, &claims.sub).await?)
            }
            _ => None,
        };
        let person = fetched.as_ref().unwrap_or(&claims.person);
        VouchedPerson::new(&Assertion {
            issuer: &self.issuer,
            subject: &claims.sub,
            email: person.email.as_deref(),
            email_verified: person.is_verified(),
            name: person.name.as_deref().or(claims.person.name.as_deref()),
        })
        .map_err(|_| SignInFailure::Answer("the token's subject is not valid"))
    }

    async fn claims(
        &self,
        http: &Http,
        metadata: &Metadata,
        token: &str,
    ) -> Result<Box<Claims>, SignInFailure> {
        let fetch = || Keys::fetch(http, &metadata.jwks_uri);
        let keys = self.keys.get(fetch()).await?;
        let verdict = match keys.verify(token) {
            Verdict::NoKey => match self.keys.newer_than(&keys, fetch()).await? {
                Some(newer) => newer.verify(token),
                None => Verdict::NoKey,
            },
            verdict => verdict,
        };
        match verdict {
            Verdict::Good(claims) => Ok(claims),
            Verdict::NoKey => Err(SignInFailure::Answer(
                "the token was not signed with any of the provider's keys",
            )),
            Verdict::Bad(why) => Err(SignInFailure::Answer(why)),
        }
    }
}

/// OpenID Connect Core, section 5.3.2: the subject must equal the token's, or the response is about somebody else.
async fn userinfo(
    http: &Http,
    url: &str,
    token: &str,
    subject: &str,
) -> Result<PersonClaims, SignInFailure> {
    #[derive(Deserialize)]
    struct UserInfo {
        sub: String,
        #[serde(flatten)]
        person: PersonClaims,
    }
    let info: UserInfo = http.get(url, Some(token)).await?;
    if info.sub == subject {
        Ok(info.person)
    } else {
        Err(SignInFailure::Answer("the userinfo is about somebody else"))
    }
}
