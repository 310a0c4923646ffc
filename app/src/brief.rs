//! Shortens texts to the length that search engines show.

/// How many characters of a description search engines show.
const LONGEST_DESCRIPTION: usize = 160;
/// Marks omitted text.
const ELLIPSIS: char = '…';

/// The text as one line, shortened at a word boundary if it is too long for a description.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.char_indices().nth(LONGEST_DESCRIPTION) else {
        return line;
    };
    // Reserves one character for the ellipsis.
    let most = line[..end]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    // Scripts without spaces are cut at any character.
    let cut = line[..most]
        .rfind(' ')
        .filter(|space| *space > most / 2)
        .unwrap_or(most);
    let start = line[..cut].trim_end_matches(|c: char| c == ' ' || c.is_ascii_punctuation());
    format!("{start}{ELLIPSIS}")
}

#[cfg(test)]
mod tests {
    use super::{ELLIPSIS, LONGEST_DESCRIPTION, shorten};

    #[test]
    fn a_short_text_becomes_one_line() {
        assert_eq!(shorten("  A window,\n\nby hand. "), "A window, by hand.");
        let longest = "a".repeat(LONGEST_DESCRIPTION);
        assert_eq!(shorten(&longest), longest);
        assert_eq!(shorten(""), "");
    }

    #[test]
    fn a_long_text_is_cut_after_a_word() {
        let long = shorten(&"Letters on a window, ".repeat(20));
        let last = long.strip_suffix(ELLIPSIS).unwrap_or_default();
        let last = last.rsplit(' ').next().unwrap_or_default();
        assert!(["Letters", "on", "a", "window"].contains(&last), "{long}");
        assert!(long.chars().count() <= LONGEST_DESCRIPTION);
    }

    #[test]
    fn a_script_without_spaces_is_cut_at_a_character() {
        let long = shorten(&"äé".repeat(200));
        assert_eq!(long.chars().count(), LONGEST_DESCRIPTION);
        assert!(long.ends_with(ELLIPSIS));
    }
}
