//! Makes the HTML that Leptos writes conform to the standard, so that validators accept it.
//!
//! Leptos marks places between nodes with `<!>`, which is a syntax error that browsers read as an empty comment. Only
//! islands look for these marks when they start. Elsewhere they are removed, about 300 on a page; inside islands they
//! become `<!---->`, which browsers read as the same node.

const MARK: &str = "<!>";
const COMMENT: &str = "<!---->";
const END: &str = "</body></html>";

/// The page with valid marks only, with its scripts inside `body`, and with `crossorigin` as the standard has it: Leptos
/// gives it the nonce as its value. The links that carry it preload the islands' code, which can wait for style and fonts.
pub(super) fn conforming(html: &str, nonce: &str) -> String {
    let mut page = fix_marks(html);
    if let Some(end) = page.rfind(END) {
        let scripts = page.split_off(end);
        page.push_str(&scripts[END.len()..]);
        page.push_str(END);
    }
    if nonce.is_empty() {
        return page;
    }
    page.replace(
        &format!(" crossorigin=\"{nonce}\""),
        " crossorigin fetchpriority=\"low\"",
    )
}

/// Replaces the marks inside islands, and removes all others. Texts and attributes contain no `<`, because Leptos
/// escapes it.
fn fix_marks(html: &str) -> String {
    let mut page = String::with_capacity(html.len());
    // Islands may have children from the server, and these may contain islands.
    let mut hydrated = Vec::new();
    let mut copied = 0;
    for (at, _) in html.match_indices('<') {
        let rest = &html[at..];
        if rest.starts_with(MARK) {
            page.push_str(&html[copied..at]);
            if hydrated.last() == Some(&true) {
                page.push_str(COMMENT);
            }
            copied = at + MARK.len();
        } else if rest.starts_with("<leptos-") {
            hydrated.push(rest.starts_with("<leptos-island"));
        } else if rest.starts_with("</leptos-") {
            hydrated.pop();
        }
    }
    page.push_str(&html[copied..]);
    page
}

#[cfg(test)]
mod tests {
    use super::conforming;

    #[test]
    fn marks_stay_only_where_an_island_looks_for_them() {
        let island =
            |inside: &str| format!("<leptos-island data-props=\"{{}}\">{inside}</leptos-island>");
        let children = |inside: &str| format!("<leptos-children>{inside}</leptos-children>");
        let html_in = format!(
            "a<!>b{}c<!>",
            island(&format!(
                "d<!>{}e<!>",
                children(&format!("f<!>{}g<!>", island("h<!>")))
            ))
        );
        let expected = format!(
            "ab{}c",
            island(&format!(
                "d<!---->{}e<!---->",
                children(&format!("f{}g", island("h<!---->")))
            ))
        );
        assert_eq!(conforming(&html_in, ""), expected);
    }

    #[test]
    fn scripts_move_into_the_body() {
        assert_eq!(
            conforming("<body>a</body><!></html><!><script>b</script>", ""),
            "<body>a<script>b</script></body></html>"
        );
        assert_eq!(
            conforming("<p>part of a page</p>", ""),
            "<p>part of a page</p>"
        );
    }

    #[test]
    fn preloads_have_a_low_priority_and_no_nonce() {
        assert_eq!(
            conforming(
                "<link crossorigin=\"n1\"><script nonce=\"n1\"></script>",
                "n1"
            ),
            "<link crossorigin fetchpriority=\"low\"><script nonce=\"n1\"></script>"
        );
    }
}
