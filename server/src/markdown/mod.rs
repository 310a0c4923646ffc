//! Descriptions: Markdown in, harmless HTML out.
//!
//! Cost is bounded: at most 16 levels of nesting, 256 KiB of HTML and 3,000 ampersands, for which the sanitizer takes
//! quadratic time. Deeper content loses its markup, and a text above another bound is shown as typed. An image becomes
//! a link with its alternative text: no page loads anything from another host.

mod headings;
mod regions;

use crate::runtime::heavy;
use ammonia::Builder;
use guildhall::{Result, cpu::CpuPool, fairness::Submitter, text};
use headings::Headings;
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};
use regions::Regions;
use std::{
    fmt::{self, Write},
    sync::LazyLock,
};

/// The HTML allowed in a description. Images are rendered as links, because they would be fetched from other hosts.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .add_tags([
            "p",
            "br",
            "hr",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "blockquote",
            "pre",
            "code",
            "em",
            "strong",
            "del",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ])
        .add_tag_attributes("a", ["href", "title"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer ugc"));
    regions::admit(&mut cleaner);
    cleaner
});

/// The maximum nesting of lists, quotes and emphasis.
const MAX_DEPTH: usize = 16;
/// A small table can expand into a large page, because every row is padded to the width of the header. Above this size
/// the text is shown as typed.
const LARGEST_HTML_BYTES: usize = 256 * 1024;
/// The sanitizer's time grows with the square of the number of `&amp;`: 20,000 of them take ten times as long as any
/// other text of that length. Above this number the text is shown as typed.
const MAX_AMPERSANDS: usize = 3_000;

/// A text of up to this size renders within a millisecond, whatever it contains.
const SMALL_BYTES: usize = 2_000;

/// Like [`to_html`], but renders a long text off the async threads.
///
/// # Errors
/// `Busy` if the render queue is full.
pub(crate) async fn rendered(
    heavy: &CpuPool,
    client: Submitter,
    markdown: String,
) -> Result<String> {
    let cost = markdown.len();
    heavy::run(heavy, client, cost, SMALL_BYTES, move || to_html(&markdown)).await
}

/// Converts CommonMark with tables and strikethrough to sanitized HTML. Headings start at the third level, below the
/// page's own; raw HTML is shown as text; an image becomes a link with its alternative text.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let mut depth = 0_usize;
    let mut links = Links::default();
    let mut headings = Headings::default();
    let mut regions = Regions::default();
    let events = Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
    )
    .filter(move |event| within(event, &mut depth))
    .flat_map(move |event| links.without_images(event))
    .map(move |event| match headings.placed(event) {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    })
    // The only HTML that is emitted verbatim.
    .flat_map(move |event| regions.around(event));
    let mut out = BoundedHtml::default();
    match html::write_html_fmt(&mut out, events) {
        // A typed text has no characters that reorder or hide others, but `&#x202E;` stands for one.
        Ok(()) if text::body(&out.html).is_ok() => CLEANER.clean(&out.html).to_string(),
        Ok(()) | Err(fmt::Error) => format!("<pre>{}</pre>", ammonia::clean_text(markdown)),
    }
}

/// HTML output of bounded size and cost; writing beyond the bound fails.
#[derive(Default)]
struct BoundedHtml {
    html: String,
    ampersands: usize,
}

impl Write for BoundedHtml {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.ampersands += text.matches("&amp;").count();
        let is_large = self.html.len() + text.len() > LARGEST_HTML_BYTES;
        if is_large || self.ampersands > MAX_AMPERSANDS {
            return Err(fmt::Error);
        }
        self.html.push_str(text);
        Ok(())
    }
}

/// The open links and images. HTML does not allow nested links, so only the outermost becomes one.
#[derive(Default)]
struct Links {
    /// For each open link or image, whether a link was emitted.
    open: Vec<bool>,
    /// True while the current image has emitted no text.
    bare_image: bool,
}

/// The text of an image without alternative text.
const IMAGE_WITHOUT_TEXT: &str = "Image";

impl Links {
    /// The event, or what replaces it if it belongs to an image or a link.
    fn without_images<'a>(
        &mut self,
        event: Event<'a>,
    ) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let [first, second] = match event {
            Event::Start(Tag::Link { .. }) => [self.begin(true).then_some(event), None],
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => {
                self.bare_image = true;
                let leads_on = ["https://", "http://"]
                    .iter()
                    .any(|scheme| dest_url.starts_with(scheme));
                let link = Event::Start(Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url,
                    title,
                    id: CowStr::Borrowed(""),
                });
                [self.begin(leads_on).then_some(link), None]
            }
            Event::End(TagEnd::Link) => [self.end(), None],
            Event::End(TagEnd::Image) => {
                let is_bare = std::mem::take(&mut self.bare_image);
                let text = is_bare.then_some(Event::Text(CowStr::Borrowed(IMAGE_WITHOUT_TEXT)));
                [text, self.end()]
            }
            Event::Text(ref text)
            | Event::Code(ref text)
            | Event::Html(ref text)
            | Event::InlineHtml(ref text) => {
                self.bare_image &= text.trim().is_empty();
                [Some(event), None]
            }
            other => [Some(other), None],
        };
        [first, second].into_iter().flatten()
    }

    /// Opens a link if wanted; true if it must be emitted.
    fn begin(&mut self, is_wanted: bool) -> bool {
        let is_link = is_wanted && !self.open.contains(&true);
        self.open.push(is_link);
        is_link
    }

    /// Closes the innermost link or image.
    fn end(&mut self) -> Option<Event<'static>> {
        self.open
            .pop()
            .unwrap_or_default()
            .then_some(Event::End(TagEnd::Link))
    }
}

/// True if the event is nested at most [`MAX_DEPTH`] levels deep, which is more than people need. The sanitizer's time
/// grows with the square of the depth, so deeper content keeps its text and loses its tags.
fn within(event: &Event<'_>, depth: &mut usize) -> bool {
    match event {
        Event::Start(_) => {
            *depth += 1;
            *depth <= MAX_DEPTH
        }
        Event::End(_) => {
            *depth = depth.saturating_sub(1);
            *depth < MAX_DEPTH
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{BoundedHtml, LARGEST_HTML_BYTES, to_html};
    use std::fmt::Write;

    #[test]
    fn markdown_becomes_html_with_headings_below_the_pages_own() {
        let html = to_html("# Scope\n\n- **two** pages\n\n| a | b |\n|---|---|\n| 1 | 2 |");
        assert!(html.contains("<h3>Scope</h3>"), "{html}");
        assert!(
            html.contains("<strong>two</strong>") && html.contains("<td>1</td>"),
            "{html}"
        );
    }

    #[test]
    fn a_description_cannot_run_code_or_load_content() {
        for markdown in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://example.com/pixel.png)",
            "<a href='https://example.com' onclick='alert(1)' style='position:fixed'>x</a>",
            "<iframe src=https://example.com></iframe>",
            "[x](//example.com)",
        ] {
            let html = to_html(markdown);
            for forbidden in [
                "<script",
                "<img",
                "<iframe",
                "href=\"javascript",
                "href=\"data",
                "<a href='",
                "href=\"//",
            ] {
                assert!(!html.contains(forbidden), "{markdown} became {html}");
            }
        }
    }

    #[test]
    fn a_character_reference_cannot_reorder_the_text() {
        for reference in ["&#x202e;", "&#8238;", "&#x2067;"] {
            let html = to_html(&format!("The price is {reference}005 €"));
            assert!(!html.contains(['\u{202e}', '\u{2067}']), "{html}");
            assert!(html.contains("price"), "{html}");
        }
    }

    #[test]
    fn deep_nesting_keeps_its_text_and_wide_tables_stay_small() {
        // Without the depth limit this takes minutes instead of a moment.
        for unit in [">", "- + ", "* ", "[", "**a"] {
            let html = to_html(&format!("{}deep inside", unit.repeat(20_000 / unit.len())));
            assert!(html.contains("deep inside"), "{unit}");
            assert!(html.matches("<blockquote>").count() <= 16);
        }
        let wide = format!(
            "{}\n{}\n{}",
            "|a".repeat(1000),
            "|-".repeat(1000),
            "|x\n".repeat(1000)
        );
        assert!(to_html(&wide).len() < 300 * 1024);
    }

    #[test]
    fn an_image_becomes_a_link_with_its_alternative_text() {
        let link = |text: &str| {
            format!(
                "<p><a href=\"https://example.com/plan.png\" rel=\"nofollow noopener noreferrer ugc\">{text}</a></p>\n"
            )
        };
        for (markdown, text) in [
            (
                "![a plan of the shop](https://example.com/plan.png)",
                "a plan of the shop",
            ),
            (
                "![a *plan* of `it`](https://example.com/plan.png)",
                "a <em>plan</em> of <code>it</code>",
            ),
            (
                "![a [plan](https://example.com/b) of it](https://example.com/plan.png)",
                "a plan of it",
            ),
            (
                "![a ![plan](https://example.com/b) of it](https://example.com/plan.png)",
                "a plan of it",
            ),
            (
                "[![a plan](https://example.com/b)](https://example.com/plan.png)",
                "a plan",
            ),
            ("![](https://example.com/plan.png)", "Image"),
            (
                "![ ![](https://example.com/b)](https://example.com/plan.png)",
                " Image",
            ),
            (
                "![a plan][1]\n\n[1]: https://example.com/plan.png",
                "a plan",
            ),
            (
                "![\"><script>alert(1)</script>](https://example.com/plan.png)",
                "\"&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            (
                "![</a><img src=x onerror=alert(1)>](https://example.com/plan.png)",
                "&lt;/a&gt;&lt;img src=x onerror=alert(1)&gt;",
            ),
        ] {
            assert_eq!(to_html(markdown), link(text), "{markdown}");
        }
    }

    #[test]
    fn an_image_with_an_unsafe_url_becomes_plain_text() {
        for target in [
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "//example.com/a",
            "plan.png",
            "HTTPS:x",
            "",
        ] {
            assert_eq!(
                to_html(&format!("![a plan](<{target}>)")),
                "<p>a plan</p>\n",
                "{target}"
            );
        }
    }

    #[test]
    fn a_text_expensive_to_sanitize_is_shown_as_typed() {
        let longest = 20_000;
        for (unit, is_shown_as_typed) in [
            ("&", true),
            ("& ", true),
            ("&amp;", true),
            ("a & b, ", false),
            ("<", false),
            ("\"", false),
        ] {
            let html = to_html(&unit.repeat(longest / unit.len()));
            assert_eq!(html.starts_with("<pre>"), is_shown_as_typed, "{unit}");
            assert!(html.len() <= LARGEST_HTML_BYTES + 16, "{unit}");
        }
    }

    #[test]
    fn output_beyond_the_size_limit_is_refused() {
        let mut out = BoundedHtml::default();
        let row = "<td></td>".repeat(1_000);
        let written = (0..1_000)
            .take_while(|_| out.write_str(&row).is_ok())
            .count();
        assert!(out.html.len() <= LARGEST_HTML_BYTES && written == LARGEST_HTML_BYTES / row.len());
    }

    #[test]
    fn an_external_link_sends_no_referrer() {
        let html = to_html("[site](https://example.com/a)");
        assert!(
            html.contains(r#"href="https://example.com/a""#) && html.contains("noreferrer"),
            "{html}"
        );
    }
}
