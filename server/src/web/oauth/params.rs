use guildhall::oauth::OauthError;
use url::form_urlencoded;

/// The maximum number of parameters in a request.
const MAX_PARAMS: usize = 30;

/// The parameters of a request. One without a value counts as omitted (RFC 6749, section 3.1).
#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    repeated: bool,
}

impl Params {
    /// Parses a query or a form's body.
    pub fn parse(encoded: &[u8]) -> Self {
        Self::of(form_urlencoded::parse(encoded).into_owned())
    }

    /// Wraps parameters that are already parsed.
    pub fn of(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs {
            if params.pairs.len() >= MAX_PARAMS || params.pairs.iter().any(|(n, _)| *n == name) {
                params.repeated = true;
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

    /// # Errors
    /// `InvalidRequest` with this message if the parameter is missing.
    pub fn need(&self, name: &str, otherwise: &'static str) -> Result<&str, OauthError> {
        self.get(name).ok_or(OauthError::InvalidRequest(otherwise))
    }

    /// The parameter's value if it occurs exactly once: a repeated one is ambiguous.
    pub fn single(&self, name: &str) -> Option<&str> {
        let times = self.pairs.iter().filter(|(n, _)| n == name).count();
        self.get(name).filter(|_| times == 1)
    }

    /// # Errors
    /// `InvalidRequest` if a parameter is repeated, or there are too many.
    pub fn must_be_plain(&self) -> Result<(), OauthError> {
        if self.repeated {
            Err(OauthError::InvalidRequest(
                "A parameter is repeated, or there are too many.",
            ))
        } else {
            Ok(())
        }
    }
}

/// Decodes one value as RFC 6749, section 2.3.1, requires for the id and secret in a header.
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
    fn a_repeated_parameter_is_detected_and_an_empty_one_ignored() {
        let params = Params::parse(b"a=1&b=&c=x+y%26");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("c"), Some("x y&"));
        assert!(params.must_be_plain().is_ok());
        let twice = Params::parse(b"a=1&a=1");
        assert!(twice.must_be_plain().is_err() && twice.single("a").is_none());
        assert!(Params::parse(&b"a=1&".repeat(3)).must_be_plain().is_err());
        let many: String = (0..40).map(|n| format!("p{n}=1&")).collect();
        assert!(Params::parse(many.as_bytes()).must_be_plain().is_err());
    }

    #[test]
    fn ids_and_secrets_in_a_header_are_form_encoded() {
        assert_eq!(decode("a%3Ab+c"), "a:b c");
        assert_eq!(decode("a=b&c"), "a=b&c");
        assert_eq!(decode(""), "");
    }
}
