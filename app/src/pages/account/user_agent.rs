/// Substrings that identify browsers, the more specific first: Edge and Opera also send `Chrome`, and Chrome also sends
/// `Safari`.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Substrings that identify systems, the more specific first: iPhones also send `Mac OS X`, and Android also sends
/// `Linux`.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// How many characters of an unknown program's name are shown.
const NAME_LENGTH: usize = 30;

/// A `User-Agent` header in a few familiar words: `Firefox on Linux`.
pub(in crate::pages) fn browser_of(user_agent: &str) -> String {
    let marked = |marks: &[(&str, &'static str)]| {
        marks
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (marked(&BROWSERS), marked(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => program(user_agent),
    }
}

/// The first product that the header names (RFC 9110, 10.1.5), as in `curl/8.5.0`.
fn program(user_agent: &str) -> String {
    let name: String = user_agent
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .take(NAME_LENGTH)
        .collect();
    if name.is_empty() {
        "Unknown browser".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::browser_of;

    #[test]
    fn common_browsers_are_named_with_their_system() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
        ] {
            assert_eq!(browser_of(user_agent), name);
        }
    }

    #[test]
    fn a_program_is_named_by_its_first_product() {
        assert_eq!(browser_of("curl/8.5.0"), "curl");
        assert_eq!(browser_of(""), "Unknown browser");
        assert_eq!(browser_of("<script>"), "Unknown browser");
    }
}
