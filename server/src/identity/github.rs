//! GitHub, which supports only plain OAuth 2, so the person's identity comes from its API.

use super::{http::Http, provider::SignInFailure};
use guildhall::{
    Error,
    identity::{self, Assertion, VouchedPerson},
};
use serde::Deserialize;
use sqlx::PgPool;

/// The maximum number of a person's e-mail addresses that are searched for the primary one.
const MAX_EMAILS: usize = 100;

/// GitHub, or a GitHub Enterprise server.
#[derive(Debug)]
pub(super) struct GitHub {
    base_url: String,
}

impl GitHub {
    pub fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
        }
    }

    pub fn authorization_endpoint(&self) -> String {
        format!("{}/login/oauth/authorize", self.base_url)
    }

    pub fn token_endpoint(&self) -> String {
        format!("{}/login/oauth/access_token", self.base_url)
    }

    /// GitHub's own API has a separate host; an Enterprise server's is under its base URL.
    fn api(&self, path: &str) -> String {
        match self.base_url.as_str() {
            "https://github.com" => format!("https://api.github.com{path}"),
            own => format!("{own}/api/v3{path}"),
        }
    }

    /// The person behind a token. We store the numeric id, not the login, which can be reassigned. E-mail addresses are
    /// requested only if the identity is not linked to an account yet: nothing else needs them.
    pub async fn vouched_person(
        &self,
        http: &Http,
        pool: &PgPool,
        token: &str,
    ) -> Result<VouchedPerson, SignInFailure> {
        let user: User = http.get(&self.api("/user"), Some(token)).await?;
        let subject = user.id.to_string();
        let is_known = {
            let db = &mut *pool.acquire().await.map_err(Error::from)?;
            identity::is_known(db, &self.base_url, &subject).await?
        };
        let emails: Vec<Email> = if is_known {
            Vec::new()
        } else {
            http.get(&self.api("/user/emails"), Some(token)).await?
        };
        let primary = emails
            .iter()
            .take(MAX_EMAILS)
            .find(|email| email.primary && email.verified);
        VouchedPerson::new(&Assertion {
            issuer: &self.base_url,
            subject: &subject,
            email: primary.map(|email| email.email.as_str()),
            email_verified: primary.is_some(),
            name: user.name.as_deref().or(Some(&user.login)),
        })
        .map_err(|_| SignInFailure::Answer("the user has no valid id"))
    }
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

#[cfg(test)]
mod tests {
    use super::GitHub;

    #[test]
    fn an_enterprise_server_has_its_api_under_its_base_url() {
        let api = |base| GitHub::new(base).api("/user");
        assert_eq!(api("https://github.com"), "https://api.github.com/user");
        assert_eq!(
            api("https://git.example"),
            "https://git.example/api/v3/user"
        );
    }
}
