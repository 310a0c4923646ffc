use crate::field::ValueError;
use std::net::Ipv6Addr;
use url::{Host, Url};

/// Maximum length of a redirect URI, in characters, which are all ASCII in a valid one.
const LONGEST: usize = 500;
/// The only hosts that may use plain http: the person's own machine (RFC 8252, section 7.3). `localhost` is excluded
/// because a machine may resolve it to something else (section 8.3).
const LOOPBACKS: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// A registered redirect URI, compared character for character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

/// The destination of a redirect URI, as named to people and in the content security policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// A host, its port if unusual, or the scheme of a program on the person's device.
    pub name: String,
    /// The source expression that allows it in a content security policy.
    pub source: String,
    /// True if it leads to a program on the person's own device.
    pub on_device: bool,
}

impl RedirectUri {
    /// Validates a redirect URI at registration: https, http on a loopback address, or a private-use scheme that
    /// contains a dot, as derived from a domain name (RFC 8252, section 7.1).
    ///
    /// # Errors
    /// `Missing`, `TooLong`, or `Refused` with the reason.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        let refused = |message: &str| Err(ValueError::Refused(format!("{message}: {text}")));
        if text.is_empty() {
            return Err(ValueError::Missing);
        }
        let has = text.chars().count();
        if has > LONGEST {
            return Err(ValueError::TooLong { most: LONGEST, has });
        }
        if !text.bytes().all(is_uri_character) {
            return refused("Use only characters that are valid in a URL, without a # part");
        }
        let Ok(url) = Url::parse(text) else {
            return refused("This is not a valid URL");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("Leave out the user name");
        }
        let host_is_plain = match url.host() {
            Some(Host::Domain(name)) => is_plain_name(name),
            Some(Host::Ipv4(_)) => true,
            Some(Host::Ipv6(address)) => url.scheme() == "https" || address == Ipv6Addr::LOCALHOST,
            None => false,
        };
        match url.scheme() {
            "https" if host_is_plain && text.starts_with("https://") => {}
            "http" if host_is_plain && loopback(text).is_some() => {}
            "http" => {
                return refused("Use https; plain http is allowed only with 127.0.0.1 or [::1]");
            }
            "https" => return refused("This is not a valid URL"),
            scheme
                if scheme.contains('.')
                    && text.starts_with(&format!("{scheme}:/"))
                    && !url.has_host() => {}
            scheme if scheme.contains('.') => {
                return refused("Write one / after the scheme, such as com.example.app:/callback");
            }
            _ => return refused("Use https, or a scheme with a dot such as com.example.app:/"),
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps a URI read from the database.
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if a program registered with this URI may redirect to the requested one: both must be identical, except for
    /// the port of a loopback address, which the system assigns anew each time (RFC 8252, section 7.3).
    #[must_use]
    pub fn admits(&self, requested: &str) -> bool {
        self.0 == requested
            || loopback(&self.0)
                .zip(loopback(requested))
                .is_some_and(|(own, requested)| own == requested)
    }
}

/// The destination of an admitted redirect URI.
#[must_use]
pub fn destination(uri: &str) -> Option<Destination> {
    let url = Url::parse(uri).ok()?;
    let scheme = url.scheme();
    let Some(host) = url.host_str().filter(|_| scheme.starts_with("http")) else {
        return Some(Destination {
            name: format!("{scheme}:"),
            source: format!("{scheme}:"),
            on_device: true,
        });
    };
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    // A policy cannot express an IPv6 address (Content Security Policy 3, section 2.3.1), so name only the scheme.
    let source = if host.starts_with('[') {
        format!("{scheme}:")
    } else {
        format!("{scheme}://{host}{port}")
    };
    Some(Destination {
        name: format!("{host}{port}"),
        source,
        on_device: scheme == "http",
    })
}

/// Splits a loopback URI into its origin without the port, and the rest after the port.
fn loopback(uri: &str) -> Option<(&'static str, &str)> {
    let host = LOOPBACKS.into_iter().find(|host| uri.starts_with(host))?;
    let rest = &uri[host.len()..];
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let port: u16 = rest[..digits].parse().ok()?;
            if port == 0 {
                return None;
            }
            &rest[digits..]
        }
        None => rest,
    };
    // Anything else would be another host, such as 127.0.0.1.example.com.
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// Characters that RFC 3986 allows, without `#`.
fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte)
}

/// A host name with no special meaning in a policy or on a page.
fn is_plain_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, RedirectUri, destination};
    use crate::field::ValueError;
    use proptest::prelude::*;

    #[test]
    fn https_loopback_and_private_use_schemes_are_accepted() {
        for uri in [
            "https://app.example/callback",
            "https://app.example:8443/callback?tenant=7",
            "http://127.0.0.1/callback",
            "http://127.0.0.1:9000/callback",
            "http://[::1]/callback",
            "com.example.app:/callback",
        ] {
            assert_eq!(RedirectUri::parse(uri).unwrap().as_str(), uri);
        }
    }

    #[test]
    fn a_uri_that_is_too_long_is_counted_in_characters() {
        let long = |letters: usize| format!("https://app.example/{}", "é".repeat(letters));
        let (most, has) = (LONGEST, LONGEST + 1);
        let problem = RedirectUri::parse(&long(LONGEST + 1 - 20)).unwrap_err();
        assert_eq!(problem, ValueError::TooLong { most, has });
        let other = RedirectUri::parse(&long(LONGEST - 20)).unwrap_err();
        assert!(matches!(other, ValueError::Refused(_)), "{other}");
    }

    #[test]
    fn a_uri_that_could_lead_elsewhere_is_refused() {
        for uri in [
            "",
            "callback",
            "/callback",
            "http://app.example/callback",
            "http://localhost/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1@evil.example/callback",
            "http://127.0.0.2/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:99999/callback",
            "http://0x7f000001/callback",
            "https://user@app.example/callback",
            "https://app.example/callback#top",
            "https://app.example/call back",
            "https:\\\\app.example",
            "https:/app.example",
            "HTTPS://app.example/",
            "https://ä.example/",
            "https://app;script-src.example/",
            "https://a,b.example/",
            "javascript:alert(1)",
            "data:text/html,hello",
            "myapp:/callback",
            "com.example.app:callback",
            "com.example.app://callback",
            "file:///etc/passwd",
        ] {
            assert!(RedirectUri::parse(uri).is_err(), "{uri:?}");
        }
        assert!(RedirectUri::parse(&format!("https://a.example/{}", "x".repeat(500))).is_err());
    }

    #[test]
    fn only_an_identical_uri_is_admitted_but_loopback_may_use_any_port() {
        let web = RedirectUri::parse("https://app.example/callback").unwrap();
        assert!(web.admits("https://app.example/callback"));
        for uri in [
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/Callback",
            "https://app.example:443/callback",
            "https://app.example/callback/../other",
            "http://app.example/callback",
            "https://app.example.evil.example/callback",
            "",
        ] {
            assert!(!web.admits(uri), "{uri}");
        }
        let own = RedirectUri::parse("http://127.0.0.1/callback").unwrap();
        assert!(own.admits("http://127.0.0.1:51004/callback"));
        for uri in [
            "http://127.0.0.1:51004/callback/",
            "http://127.0.0.1:51004/",
            "http://[::1]:51004/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:51004@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "https://127.0.0.1/callback",
            "http://localhost:51004/callback",
        ] {
            assert!(!own.admits(uri), "{uri}");
        }
    }

    #[test]
    fn the_destination_is_named_for_people_and_for_the_policy() {
        let described = |uri| {
            let destination = destination(uri).unwrap();
            (destination.name, destination.source, destination.on_device)
        };
        let owned = |(name, source, device): (&str, &str, bool)| {
            (name.to_owned(), source.to_owned(), device)
        };
        for (uri, expected) in [
            (
                "https://app.example/a",
                ("app.example", "https://app.example", false),
            ),
            (
                "https://app.example:8443/a",
                ("app.example:8443", "https://app.example:8443", false),
            ),
            (
                "http://127.0.0.1:51004/a",
                ("127.0.0.1:51004", "http://127.0.0.1:51004", true),
            ),
            ("http://[::1]:51004/a", ("[::1]:51004", "http:", true)),
            (
                "com.example.app:/a",
                ("com.example.app:", "com.example.app:", true),
            ),
        ] {
            assert_eq!(described(uri), owned(expected), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn every_registered_uri_is_a_single_policy_source(uri in "(https|http|a\\.b):/{1,2}[a-z0-9.:@;,'\\[\\]-]{1,20}[/?]?[a-z]{0,4}") {
            if let Ok(uri) = RedirectUri::parse(&uri) {
                let destination = destination(uri.as_str()).unwrap();
                prop_assert!(!destination.source.contains([';', ',', ' ', '\'', '*']), "{}", destination.source);
                prop_assert!(uri.admits(uri.as_str()));
            }
        }
    }
}
