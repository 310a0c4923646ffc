//! The address that a webhook posts to.

use super::address::Networks;
use crate::field::ValueError;
use std::{fmt, net::IpAddr};
use url::{Host, Url};

/// The longest address, in characters.
const LONGEST_URL: usize = 2000;
/// Below this port, all but 80 and 443 belong to services that don't expect HTTP.
const FIRST_FREE_PORT: u16 = 1024;

/// An address of https, or of http in a network that the operator allows. It may contain a secret, as those of chats do,
/// so it is not shown in full.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({})", self.hint())
    }
}

impl WebhookUrl {
    /// Checks an address as typed. What a name stands for is checked at each request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, networks: &Networks) -> Result<Self, ValueError> {
        let refused = |problem: &str| Err(ValueError::Refused(problem.to_owned()));
        let text = text.trim();
        if text.is_empty() {
            return refused("Enter an address.");
        }
        let has = text.chars().count();
        if has > LONGEST_URL {
            let most = LONGEST_URL;
            return Err(ValueError::TooLong { most, has });
        }
        let Ok(url) = Url::parse(text) else {
            return refused("Enter an address such as https://hooks.example.com/guildhall.");
        };
        match url.scheme() {
            "https" => {}
            "http" if !networks.is_empty() => {}
            _ => return refused("Enter an address that begins with https://."),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("Leave out the name and password before the @.");
        }
        if url.fragment().is_some() {
            return refused("Leave out the # and what follows it.");
        }
        if url.as_str().chars().count() > LONGEST_URL {
            return refused("This address is too long.");
        }
        let url = Self(url);
        if url.is_internal() && networks.is_empty() {
            return refused("Use port 443, or one from 1024 on.");
        }
        match url.literal() {
            Some(address) if !url.may_reach(address, networks) => {
                refused("This address is not on the public internet.")
            }
            _ => Ok(url),
        }
    }

    /// An address that was checked before it was stored.
    ///
    /// # Errors
    /// If it is not a URL.
    pub(super) fn stored(text: &str) -> Result<Self, url::ParseError> {
        Url::parse(text).map(Self)
    }

    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// True if this URL may lead only into networks that the operator allows: it uses http, or a port that is not for
    /// the web.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        let port = self.0.port_or_known_default().unwrap_or_default();
        self.0.scheme() != "https" || !(matches!(port, 80 | 443) || port >= FIRST_FREE_PORT)
    }

    /// True if this address may be requested from this host.
    #[must_use]
    pub fn may_reach(&self, address: IpAddr, networks: &Networks) -> bool {
        networks.allow(address, self.is_internal())
    }

    /// The host, if it is an address and not a name.
    #[must_use]
    pub fn literal(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// The host and the last four characters: enough to tell addresses apart.
    #[must_use]
    pub fn hint(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        let path = &self.0[url::Position::BeforePath..];
        // Four characters would reveal most of a short path.
        let last: String = match path.chars().count() {
            ..=8 => String::new(),
            count => path.chars().skip(count - 4).collect(),
        };
        format!("{host}/…{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, networks: &str) -> Result<WebhookUrl, String> {
        let networks = networks.parse().expect("networks");
        WebhookUrl::parse(text, &networks).map_err(|problem| problem.to_string())
    }

    #[test]
    fn an_address_of_https_on_the_internet_is_accepted() {
        for text in [
            "https://hooks.example.com/guildhall",
            " https://hooks.example.com:8443/?a=b ",
            "https://hooks.example.com:80/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
        ] {
            assert!(parse(text, "").is_ok(), "{text}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_that_is_not_public_is_refused() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://１２７.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://0/",
        ] {
            assert_eq!(
                parse(text, "").expect_err(text),
                "This address is not on the public internet.",
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        for (text, problem) in [
            ("", "Enter an address."),
            ("hooks.example.com", "Enter an address such as"),
            ("http://hooks.example.com/", "begins with https://"),
            ("ftp://hooks.example.com/", "begins with https://"),
            ("javascript:alert(1)", "begins with https://"),
            ("https://ada:secret@hooks.example.com/", "before the @"),
            ("https://ada@hooks.example.com/", "before the @"),
            ("https://hooks.example.com/#a", "Leave out the #"),
            ("https://hooks.example.com:22/", "Use port 443"),
            ("https://hooks.example.com:25/", "Use port 443"),
        ] {
            let said = parse(text, "").expect_err(text);
            assert!(said.contains(problem), "{text}: {said}");
        }
        let long = format!("https://hooks.example.com/{}", "a".repeat(2000));
        assert!(
            parse(&long, "")
                .expect_err("too long")
                .contains("at most 2000")
        );
    }

    #[test]
    fn an_operator_allows_http_and_every_port_in_networks_of_their_own() {
        let own = "127.0.0.0/8,10.1.0.0/16";
        assert!(parse("http://127.0.0.1:81/", own).is_ok());
        assert!(parse("http://hooks.internal:81/", own).is_ok());
        assert!(parse("http://10.2.0.1/", own).is_err());
        let plain = parse("http://hooks.internal/", own).expect("allowed");
        let networks = own.parse().expect("networks");
        let reaches =
            |address: &str| plain.may_reach(address.parse().expect("an address"), &networks);
        assert!(reaches("10.1.0.9"));
        assert!(!reaches("8.8.8.8"), "http leads nowhere else");
    }

    #[test]
    fn an_address_is_told_apart_without_its_secret() {
        let hint = |text| parse(text, "").expect(text).hint();
        assert_eq!(
            hint("https://hooks.chat.example/services/T0/B0/s3cr3tWxYz"),
            "hooks.chat.example/…WxYz"
        );
        assert_eq!(hint("https://hooks.example.com/"), "hooks.example.com/…");
        let url = parse("https://hooks.example.com/services/s3cr3t", "").expect("valid");
        assert!(!format!("{url:?}").contains("s3cr3t"));
    }
}
