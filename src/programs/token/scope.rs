use crate::{account::Role, field::ValueError};
use std::{fmt, str::FromStr};

/// A permission of a token (RFC 6749, section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    ProjectsRead,
    ProjectsWrite,
    BidsRead,
    BidsWrite,
    AccountRead,
}

impl Scope {
    /// Every scope, in the order used on pages.
    pub const ALL: [Self; 5] = [
        Self::ProjectsRead,
        Self::ProjectsWrite,
        Self::BidsRead,
        Self::BidsWrite,
        Self::AccountRead,
    ];

    /// The name in requests, in the database and in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProjectsRead => "projects:read",
            Self::ProjectsWrite => "projects:write",
            Self::BidsRead => "bids:read",
            Self::BidsWrite => "bids:write",
            Self::AccountRead => "account:read",
        }
    }

    /// A description that completes the sentence "It may …".
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::ProjectsRead => "see your own projects, drafts included",
            Self::ProjectsWrite => "post projects and cancel them for you",
            Self::BidsRead => {
                "see your own bids, who bid on your projects, and how to reach the other side of an award"
            }
            Self::BidsWrite => "bid for you, and withdraw your bids",
            Self::AccountRead => "see your name, your e-mail address and your role",
        }
    }

    /// The only role whose accounts can use it: sellers have projects, and buyers bid. `None` if both can.
    #[must_use]
    pub const fn only_for(self) -> Option<Role> {
        match self {
            Self::ProjectsRead | Self::ProjectsWrite => Some(Role::Seller),
            Self::BidsWrite => Some(Role::Buyer),
            Self::BidsRead | Self::AccountRead => None,
        }
    }

    /// What it allows, and for whom, in a sentence.
    #[must_use]
    pub fn sentence(self) -> String {
        let whose = match self.only_for() {
            Some(Role::Seller) => " Only for sellers.",
            Some(Role::Buyer) => " Only for buyers.",
            None => "",
        };
        format!("It may {}.{whose}", self.description())
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl FromStr for Scope {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u8);

impl Scopes {
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// The scopes that an account with this role can use.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        let is_usable = |scope: &Scope| scope.only_for().is_none_or(|only| only == role);
        Scope::ALL.into_iter().filter(is_usable).collect()
    }

    /// Why an account with this role can't use every scope.
    #[must_use]
    pub const fn limit_of(role: Role) -> &'static str {
        match role {
            Role::Seller => "Sellers don't bid",
            Role::Buyer => "Buyers don't post projects",
        }
    }

    /// Builds a set from one or more scope names.
    ///
    /// # Errors
    /// `NothingChosen` for an empty list, `NotAChoice` for an unknown name.
    pub fn from_names(names: &[&str]) -> Result<Self, ValueError> {
        let scopes = names
            .iter()
            .map(|name| name.parse())
            .collect::<Result<Self, ValueError>>()?;
        if scopes.is_empty() {
            return Err(ValueError::NothingChosen);
        }
        Ok(scopes)
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// True if this set contains all of `others`.
    #[must_use]
    pub const fn covers(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// The intersection.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Those that are not in `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// The scopes in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }

    /// The names, as stored in the database.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.iter().map(|scope| scope.name().to_owned()).collect()
    }

    /// Parses names from the database and ignores scopes that no longer exist.
    #[must_use]
    pub fn from_stored(names: &[String]) -> Self {
        names.iter().filter_map(|name| name.parse().ok()).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | scope.bit()))
    }
}

/// Parses a list separated by spaces (RFC 6749, section 3.3).
impl FromStr for Scopes {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let names: Vec<&str> = text.split(' ').filter(|name| !name.is_empty()).collect();
        Self::from_names(&names)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_parsed_in_any_order_and_displayed_in_a_fixed_one() {
        let scopes: Scopes = "bids:write  projects:read bids:write".parse().unwrap();
        assert_eq!(scopes.to_string(), "projects:read bids:write");
        assert!(scopes.contains(Scope::BidsWrite) && !scopes.contains(Scope::BidsRead));
        assert!(Scopes::all().covers(scopes) && !scopes.covers(Scopes::all()));
        assert_eq!(Scopes::from_stored(&scopes.names()), scopes);
    }

    #[test]
    fn each_role_has_the_scopes_that_it_can_use() {
        let of = |role| Scopes::of_role(role).to_string();
        assert_eq!(
            of(Role::Seller),
            "projects:read projects:write bids:read account:read"
        );
        assert_eq!(of(Role::Buyer), "bids:read bids:write account:read");
        let others = Scopes::all().without(Scopes::of_role(Role::Buyer));
        assert_eq!(others.to_string(), "projects:read projects:write");
    }

    #[test]
    fn an_unknown_scope_is_refused() {
        assert_eq!("".parse::<Scopes>(), Err(ValueError::NothingChosen));
        for text in ["admin", "projects:read,bids:read", "PROJECTS:READ"] {
            assert_eq!(
                text.parse::<Scopes>(),
                Err(ValueError::NotAChoice),
                "{text}"
            );
        }
    }
}
