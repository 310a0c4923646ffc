//! Makes any text safe for one line of a header or a table.

use guildhall::text::nfc;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// The text on one line: without control characters and whatever else could end the line or reorder its characters, and
/// with single spaces. Isolates, which protect what surrounds a text of the other direction, are kept in pairs
/// (`guildhall::text::isolated` makes them). At most `most` characters; a longer text ends with an ellipsis.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let mut open = 0_usize;
    let normal = nfc(text);
    let safe = normal.chars().filter_map(|c| match c {
        _ if c.is_whitespace() || c.is_control() => Some(' '),
        FIRST_STRONG_ISOLATE => {
            open += 1;
            Some(c)
        }
        POP_ISOLATE if open > 0 => {
            open -= 1;
            Some(c)
        }
        _ if is_unsafe(c) => None,
        _ => Some(c),
    });
    let safe: String = safe.collect();
    let line = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    closed(shortened(line, most))
}

/// Like [`one_line`], for a header. What looks like an encoded word (RFC 2047) is broken up, because mail programs would
/// decode it.
pub(super) fn header_line(text: &str, most: usize) -> String {
    one_line(text, most).replace("=?", "= ?")
}

/// The text of a paragraph: like a line, of any length.
pub(super) fn paragraph(text: &str) -> String {
    one_line(text, usize::MAX)
}

/// Characters that reorder text, and separators and fillers without a shape that mail programs treat differently.
const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn shortened(line: String, most: usize) -> String {
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Closes every isolate that is still open.
fn closed(mut line: String) -> String {
    let of = |c: char| line.chars().filter(|other| *other == c).count();
    let open = of(FIRST_STRONG_ISOLATE).saturating_sub(of(POP_ISOLATE));
    line.extend(std::iter::repeat_n(POP_ISOLATE, open));
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_cannot_be_ended_or_reordered() {
        assert_eq!(
            one_line("Roof\r\nBcc: all@x.example", 99),
            "Roof Bcc: all@x.example"
        );
        assert_eq!(one_line("a\u{202e}b\u{2028}c\u{85}d\u{0}e", 99), "ab c d e");
        assert_eq!(one_line("\u{2069}a\u{2068}b", 99), "a\u{2068}b\u{2069}");
        assert_eq!(one_line("twelve words", 8), "twelve…");
        assert_eq!(one_line("e\u{301}", 9), "é");
        assert_eq!(header_line("=?utf-8?Q?Bcc?=", 99), "= ?utf-8?Q?Bcc?=");
        assert_eq!(header_line("=\u{202e}?x", 99), "= ?x");
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_line_that_stays_as_it_is(text in any::<String>(), most in 1_usize..200) {
            let line = one_line(&text, most);
            let is_harmless = |c: char| !c.is_control() && !"\u{2028}\u{2029}\u{202e}".contains(c);
            prop_assert!(line.chars().all(is_harmless));
            let open = line.chars().filter(|c| *c == FIRST_STRONG_ISOLATE).count();
            let close = line.chars().filter(|c| *c == POP_ISOLATE).count();
            prop_assert_eq!(open, close);
            prop_assert!(line.chars().count() <= most + open);
            let again = one_line(&line, usize::MAX);
            prop_assert_eq!(again, line);
        }
    }
}
