use guildhall::oauth::OauthError;
use url::form_urlencoded;

/// The maximum number of parameters in a request.
const MAX_PARAMS: usize = 30;

/// The parameters of a request. A parameter without a value counts as omitted (RFC 6749, section 3.1).
#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    /// True if a parameter is repeated, or there are too many.
    is_malformed: bool,
}

impl Params {
    /// Parses a query string or a form's body.
    pub fn parse(encoded: &[u8]) -> Self {
        Self::of(form_urlencoded::parse(encoded).into_owned())
    }

    /// Wraps parameters that are already parsed.
    pub fn of(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs {
            if params.pairs.len() >= MAX_PARAMS || params.pairs.iter().any(|(n, _)| *n == name) {
                params.is_malformed = true;
            }
            if params.pairs.len() < MAX_PARAMS {
                params.pairs.push((name, value));
            }
        }
        params
    }

    /// The parameter's value, if it has one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The parameter's value.
    ///
    /// # Errors
    /// `InvalidRequest` with this message if the parameter is missing.
    pub fn require(&self, name: &str, message: &'static str) -> Result<&str, OauthError> {
        self.get(name).ok_or(OauthError::InvalidRequest(message))
    }

    /// The parameter's value if it occurs exactly once: a repeated one is ambiguous.
    pub fn single(&self, name: &str) -> Option<&str> {
        let times = self.pairs.iter().filter(|(n, _)| n == name).count();
        self.get(name).filter(|_| times == 1)
    }

    /// # Errors
    /// `InvalidRequest` if a parameter is repeated, or there are too many.
    pub fn ensure_well_formed(&self) -> Result<(), OauthError> {
        if self.is_malformed {
            Err(OauthError::InvalidRequest(
                "A parameter is repeated, or there are too many parameters.",
            ))
        } else {
            Ok(())
        }
    }
}

/// Decodes a client id or secret from a header, which RFC 6749, section 2.3.1, requires to be form-encoded.
pub(super) fn decode(text: &str) -> String {
    form_urlencoded::parse(text.replace('&', "%26").replace('=', "%3D").as_bytes())
        .next()
        .map(|(value, _)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Params, decode};

    #[test]
    fn repeated_or_too_many_parameters_are_refused_and_empty_ones_ignored() {
        let params = Params::parse(b"a=1&b=&c=x+y%26");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("c"), Some("x y&"));
        assert!(params.ensure_well_formed().is_ok());
        let twice = Params::parse(b"a=1&a=1");
        assert!(twice.ensure_well_formed().is_err() && twice.single("a").is_none());
        assert!(
            Params::parse(&b"a=1&".repeat(3))
                .ensure_well_formed()
                .is_err()
        );
        let many: String = (0..40).map(|n| format!("p{n}=1&")).collect();
        assert!(Params::parse(many.as_bytes()).ensure_well_formed().is_err());
    }

    #[test]
    fn ids_and_secrets_in_a_header_are_form_encoded() {
        assert_eq!(decode("a%3Ab+c"), "a:b c");
        assert_eq!(decode("a=b&c"), "a=b&c");
        assert_eq!(decode(""), "");
    }
}
