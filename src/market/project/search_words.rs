//! Parses any text typed into a search box into a form that PostgreSQL accepts.
//!
//! `websearch_to_tsquery` is documented never to raise an error, but does: each hyphen in a row is one more operator on
//! a stack of 32 ("tsquery stack too small"). So operators are parsed here. PostgreSQL gets words and phrases in
//! quotes, each with one `-` at most, which need at most three places on that stack.
//!
//! Words, phrases, `or` and `-` become one normal form, for the page and the API alike. PostgreSQL (14 and newer)
//! parses quoted text as it parses a project's own, so hyphenated words, addresses and every script mean the same in
//! both. At most 32 terms are used; the others are reported as ignored. A search without a letter or digit finds
//! nothing, and the page says why; a blank one filters nothing.

use crate::text;

/// Maximum number of characters in a search; the page and the API refuse more. That is a few sentences, and far below
/// what a query may hold.
pub const LONGEST_SEARCH: usize = 200;
/// Maximum number of words and phrases that a search looks for; each costs an index scan. Further ones are reported as
/// ignored.
pub const MAX_TERMS: usize = 32;

/// Search words and phrases, normalized: `"oak" "shop window" or -"glass"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchWords {
    query: String,
    /// The individual words of the query.
    words: Vec<String>,
    ignored_terms: Vec<String>,
}

impl SearchWords {
    /// Parses words, "phrases", `or` between two of them, and `-` before one to exclude. Terms without a letter or
    /// digit are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        let mut terms = 0;
        let mut is_alternative = false;
        for piece in pieces(text) {
            match piece {
                Piece::Or => is_alternative = terms > 0,
                Piece::Term { text, .. } if terms == MAX_TERMS => {
                    add_once(&mut parsed.ignored_terms, &text);
                }
                Piece::Term { text, is_excluded } => {
                    if terms > 0 {
                        parsed
                            .query
                            .push_str(if is_alternative { " or " } else { " " });
                    }
                    parsed
                        .query
                        .push_str(if is_excluded { "-\"" } else { "\"" });
                    parsed.query.push_str(&text);
                    parsed.query.push('"');
                    for word in text.split(' ').filter(|word| has_letter(word)) {
                        add_once(&mut parsed.words, word);
                    }
                    terms += 1;
                    is_alternative = false;
                }
            }
        }
        parsed
    }

    /// True if no word is left; such a search finds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.query.is_empty()
    }

    /// The words and phrases after the first [`MAX_TERMS`], which are ignored.
    #[must_use]
    pub fn ignored_terms(&self) -> &[String] {
        &self.ignored_terms
    }

    /// The argument for `search_query`.
    pub(crate) fn as_query(&self) -> &str {
        &self.query
    }

    /// The distinct words of the query.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }
}

fn add_once(words: &mut Vec<String>, word: &str) {
    if !words
        .iter()
        .any(|known| known.to_lowercase() == word.to_lowercase())
    {
        words.push(word.to_owned());
    }
}

fn has_letter(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// A part of a search.
enum Piece {
    Or,
    Term {
        /// Without quotes and control characters, words separated by single spaces, with at least one letter or digit.
        text: String,
        is_excluded: bool,
    },
}

/// Splits at spaces and quotation marks. An unclosed phrase extends to the end.
fn pieces(text: &str) -> Vec<Piece> {
    let typed: String = text.chars().take(LONGEST_SEARCH).collect();
    // PostgreSQL folds compatibility forms. After this, no wide quotation mark or hyphen is left that it could turn
    // into an operator.
    let signs: Vec<char> = text::nfkc(&typed).chars().map(plain).collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(&sign) = signs.get(at) {
        if sign == ' ' {
            at += 1;
            continue;
        }
        let rest = &signs[at..];
        // One hyphen directly before a word or phrase excludes it; several hyphens, or one that stands alone, are
        // dashes.
        let is_excluded = sign == '-' && rest.get(1).is_some_and(|next| !" -".contains(*next));
        let begins = usize::from(is_excluded);
        let is_phrase = rest[begins] == '"';
        let (from, until) = if is_phrase {
            (begins + 1, '"')
        } else {
            (begins, ' ')
        };
        let length = rest[from..]
            .iter()
            .take_while(|sign| **sign != until && **sign != '"')
            .count();
        let term: String = rest[from..from + length].iter().collect();
        at += from + length + usize::from(is_phrase);
        if !is_phrase && !is_excluded && term.eq_ignore_ascii_case("or") {
            pieces.push(Piece::Or);
        } else if has_letter(&term) {
            let text = term.split_whitespace().collect::<Vec<_>>().join(" ");
            pieces.push(Piece::Term { text, is_excluded });
        }
    }
    pieces
}

/// Straightens the quotation marks of phones and word processors; control characters and white space become a space.
fn plain(sign: char) -> char {
    match sign {
        '“' | '”' | '„' | '‟' | '«' | '»' => '"',
        _ if sign.is_control() || sign.is_whitespace() => ' ',
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_SEARCH, MAX_TERMS, SearchWords};
    use proptest::prelude::*;

    fn query(text: &str) -> String {
        SearchWords::parse(text).query
    }

    #[test]
    fn words_phrases_or_and_a_hyphen_mean_what_people_expect() {
        for (typed, query_text) in [
            ("oak window", r#""oak" "window""#),
            (r#""shop window" oak"#, r#""shop window" "oak""#),
            ("“shop window”", r#""shop window""#),
            (r#""never closed"#, r#""never closed""#),
            ("oak or elm", r#""oak" or "elm""#),
            ("oak OR elm", r#""oak" or "elm""#),
            (r#"oak "or" elm"#, r#""oak" "or" "elm""#),
            ("bakery -logo", r#""bakery" -"logo""#),
            (r#"bakery -"new logo""#, r#""bakery" -"new logo""#),
            ("oak or -elm", r#""oak" or -"elm""#),
            ("-logo", r#"-"logo""#),
            ("plumber - Berlin", r#""plumber" "Berlin""#),
            ("--verbose", r#""--verbose""#),
            ("on-site e-mail", r#""on-site" "e-mail""#),
            ("C++ C# node.js", r#""C++" "C#" "node.js""#),
            ("O'Reilly -O'Brien", r#""O'Reilly" -"O'Brien""#),
            (
                "sam@example.com https://example.com/a?b=c",
                r#""sam@example.com" "https://example.com/a?b=c""#,
            ),
            ("窓 окно نافذة खिड़की", r#""窓" "окно" "نافذة" "खिड़की""#),
            (r#"24" monitor"#, r#""24" "monitor""#),
        ] {
            assert_eq!(query(typed), query_text, "{typed}");
        }
    }

    #[test]
    fn an_operator_without_operands_is_ignored() {
        for typed in [
            "or oak",
            "oak or",
            "or or oak or or",
            "oak or -",
            "\" \" oak",
        ] {
            assert_eq!(query(typed), r#""oak""#, "{typed}");
        }
        assert_eq!(query("oak or or elm"), r#""oak" or "elm""#);
    }

    #[test]
    fn punctuation_alone_is_not_a_word() {
        let hyphens = "-".repeat(50);
        for typed in [
            "", "  ", &hyphens, "- - -", r#"-"-"#, r#""""#, "!?&|*:()", "or", "🎂",
        ] {
            assert!(SearchWords::parse(typed).is_empty(), "{typed}");
        }
    }

    #[test]
    fn a_search_is_limited_to_32_terms_and_reports_the_rest() {
        let many = "a ".repeat(LONGEST_SEARCH);
        assert_eq!(query(&many).matches("\"a\"").count(), MAX_TERMS);
        let numbers: Vec<String> = (1..=MAX_TERMS).map(|n| n.to_string()).collect();
        let words = SearchWords::parse(&format!(
            "{} oak -Elm \"shop window\" oak",
            numbers.join(" ")
        ));
        assert_eq!(words.words(), numbers);
        assert_eq!(words.ignored_terms(), ["oak", "Elm", "shop window"]);
        assert!(SearchWords::parse("oak elm").ignored_terms().is_empty());
    }

    #[test]
    fn wide_characters_equal_the_plain_ones() {
        for (typed, query_text) in [
            (
                "＂ｓｈｏｐ　ｗｉｎｄｏｗ＂ －ｏａｋ",
                r#""shop window" -"oak""#,
            ),
            ("ｶﾞﾗｽ", r#""ガラス""#),
        ] {
            assert_eq!(query(typed), query_text, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn the_normal_form_is_words_in_quotes_with_one_operator_each(typed in r#"(?s)(.|[-"“” orR\\:&|!()<>*']){0,250}"#) {
            let query = query(&typed);
            let parts: Vec<&str> = query.split('"').collect();
            prop_assert!(parts.len() % 2 == 1, "{query}");
            for (n, part) in parts.iter().enumerate() {
                if n % 2 == 1 {
                    prop_assert!(part.chars().any(char::is_alphanumeric) && !part.chars().any(char::is_control), "{query}");
                } else {
                    let operators: &[&str] = match n {
                        0 => &["", "-"],
                        _ if n + 1 == parts.len() => &[""],
                        _ => &[" ", " -", " or ", " or -"],
                    };
                    prop_assert!(operators.contains(part), "{query}");
                }
            }
            prop_assert!(parts.len() / 2 <= MAX_TERMS);
        }

        #[test]
        fn normalizing_twice_changes_nothing(typed in "[-a \"or]{0,60}") {
            let once = query(&typed);
            prop_assume!(once.chars().count() <= LONGEST_SEARCH);
            prop_assert_eq!(query(&once), once);
        }
    }
}
