//! Access tokens, with which programs act for an account: personal ones, and those that `oauth` issues.
//!
//! Invariant: only a token's hash is stored. A token allows no more than its scopes, until it expires or is revoked.
//!
//! `authenticate` also reads the token's grant and program, so ending either of them ends the token, on every server. A
//! personal token is valid for 366 days at most and is listed with its last use. The outbox records when it is created
//! and revoked.

mod refusal;
mod scope;
mod secret;
mod store;
mod verbs;

pub use refusal::Refusal;
pub use scope::{Scope, Scopes};
pub use secret::{Secret, SecretHash, SecretKind};
pub(crate) use store::{IssuedToken, insert};
pub use verbs::{
    authenticate, create_personal, end_expired, personal, revoke_all_personal, revoke_personal,
    revoked, token_hash,
};

use crate::{
    account::{Role, Viewer},
    field::{self, Check, ValueError},
};
use std::collections::HashSet;
use time::{Duration, OffsetDateTime};

/// A token's id, which is not secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenId(pub i64);

/// A caller authenticated by a token, with the scopes of that token.
#[derive(Debug, Clone)]
pub struct Caller {
    pub viewer: Viewer,
    pub scopes: Scopes,
    pub token: TokenId,
}

impl Caller {
    /// # Errors
    /// `ScopeMissing` if the token lacks the scope.
    pub fn must_have(&self, scope: Scope) -> crate::Result<()> {
        if self.scopes.contains(scope) {
            Ok(())
        } else {
            Err(crate::Error::ScopeMissing {
                scope: scope.name(),
            })
        }
    }
}

/// What a token lookup found.
#[derive(Debug, Clone)]
pub struct KnownToken {
    pub caller: Caller,
    /// The ids of the program and grant that issued it; a personal token has neither.
    program: Option<i64>,
    grant: Option<i64>,
    /// Time until the token expires, measured at the lookup.
    pub expires_in: std::time::Duration,
}

/// How long revoked ids stay listed. A cached lookup older than this cannot be trusted.
pub const REMEMBERED: std::time::Duration = std::time::Duration::from_secs(60);

/// The ids of recently revoked tokens, programs and grants.
#[derive(Debug, Clone, Default)]
pub struct RevokedIds {
    tokens: HashSet<i64>,
    grants: HashSet<i64>,
    programs: HashSet<i64>,
}

impl RevokedIds {
    /// True if the token has been revoked since it was looked up.
    #[must_use]
    pub fn ends(&self, known: &KnownToken) -> bool {
        self.tokens.contains(&known.caller.token.0)
            || known
                .grant
                .is_some_and(|grant| self.grants.contains(&grant))
            || known
                .program
                .is_some_and(|program| self.programs.contains(&program))
    }
}

/// A personal access token as listed for its owner.
#[derive(Debug, Clone)]
pub struct PersonalToken {
    pub id: TokenId,
    pub name: String,
    /// The token's last four characters.
    pub hint: String,
    pub scopes: Scopes,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// The shortest and longest lifetime of a personal access token, in days.
pub const PERSONAL_DAYS: (i64, i64) = (1, 366);

/// How long tokens, and what they belong to, are kept after they expired or were revoked, in days.
pub const KEPT_DAYS: i32 = 1;

/// Maximum number of personal access tokens per account at once.
pub const MAX_PERSONAL: i64 = 50;

/// A validated form for a new personal access token.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    pub(crate) name: String,
    pub(crate) scopes: Scopes,
    pub(crate) life: Duration,
}

impl NewPersonalToken {
    /// Validates the form: a name, the names of scopes that the role can use, and the lifetime in days.
    ///
    /// # Errors
    /// `Invalid` with every field that is wrong: `name`, `scopes`, `days`.
    pub fn parse(role: Role, name: &str, scopes: &[&str], days: &str) -> crate::Result<Self> {
        let mut check = Check::default();
        let name = check.take("name", field::name(name, 1, 80));
        let scopes = Scopes::from_names(scopes).and_then(|scopes| usable(role, scopes));
        let scopes = check.take("scopes", scopes);
        let days = check.take("days", parsed_days(days));
        check.finish()?;
        match (name, scopes, days) {
            (Some(name), Some(scopes), Some(life)) => Ok(Self { name, scopes, life }),
            _ => Err(crate::Error::Invalid(Vec::new())),
        }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub const fn scopes(&self) -> Scopes {
        self.scopes
    }
}

/// Refuses scopes that only the other role can use, and names them.
fn usable(role: Role, scopes: Scopes) -> Result<Scopes, ValueError> {
    let others = scopes.without(Scopes::of_role(role));
    if others.is_empty() {
        return Ok(scopes);
    }
    Err(ValueError::Refused(format!(
        "{}. Leave out {}.",
        Scopes::limit_of(role),
        others.names().join(" and ")
    )))
}

fn parsed_days(text: &str) -> Result<Duration, ValueError> {
    let (least, most) = PERSONAL_DAYS;
    match text.trim().parse::<i64>() {
        Ok(days) if (least..=most).contains(&days) => Ok(Duration::days(days)),
        _ if text.trim().is_empty() => Err(ValueError::Missing),
        _ => Err(ValueError::NotAChoice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, scopes: &[&str], days: &str) -> crate::Result<NewPersonalToken> {
        NewPersonalToken::parse(Role::Seller, name, scopes, days)
    }

    #[test]
    fn a_scope_that_the_role_cannot_use_is_refused_by_name() {
        let refused = |role, scopes: &[&str]| match NewPersonalToken::parse(role, "x", scopes, "1")
        {
            Err(crate::Error::Invalid(errors)) => errors[0].message(),
            _ => String::new(),
        };
        assert_eq!(
            refused(
                Role::Buyer,
                &["projects:write", "bids:write", "projects:read"]
            ),
            "Buyers don't post projects. Leave out projects:read and projects:write."
        );
        assert_eq!(
            refused(Role::Seller, &["bids:write"]),
            "Sellers don't bid. Leave out bids:write."
        );
        assert_eq!(refused(Role::Buyer, &["bids:write", "account:read"]), "");
    }

    #[test]
    fn a_refused_form_names_every_field_that_is_wrong() {
        let new = parse(" Build server ", &["bids:read", "projects:read"], "30").unwrap();
        assert_eq!(new.name, "Build server");
        assert_eq!(new.scopes.to_string(), "projects:read bids:read");
        assert_eq!(new.life, Duration::days(30));

        let wrong = |name: &str, scopes: &[&str], days: &str| match parse(name, scopes, days) {
            Err(crate::Error::Invalid(errors)) => {
                errors.into_iter().map(|e| (e.field, e.problem)).collect()
            }
            _ => Vec::new(),
        };
        let named = |field: &str, problem| (field.to_owned(), problem);
        assert_eq!(
            wrong("", &[], ""),
            [
                named("name", ValueError::Missing),
                named("scopes", ValueError::NothingChosen),
                named("days", ValueError::Missing)
            ]
        );
        assert_eq!(
            wrong(&"x".repeat(81), &["bids:read", "admin"], "367"),
            [
                named("name", ValueError::TooLong { most: 80, has: 81 }),
                named("scopes", ValueError::NotAChoice),
                named("days", ValueError::NotAChoice)
            ]
        );
        for days in ["0", "-1", "1e2", "7 days", "99999999999999999999"] {
            assert_eq!(
                wrong("x", &["bids:read"], days),
                [named("days", ValueError::NotAChoice)],
                "{days}"
            );
        }
    }
}
