//! Turns a query into one that the index of words can answer alone: phrases become words in any order, and exclusions
//! are dropped.
//!
//! Whether words are adjacent, or a word is absent, can only be checked in each text. For a phrase of two common words
//! that are never neighbors, every text with both would be read.

/// Loosens a `tsquery` in PostgreSQL's notation: phrases become words in any order, and exclusions are dropped, so that
/// it matches everything the original matches. `None` if that is every document.
pub(super) fn loosen(query: &str) -> Option<String> {
    let mut reader = Reader { rest: query };
    let loose = reader.alternatives();
    // A query that cannot be parsed might match anything.
    loose.filter(|_| reader.rest.is_empty())
}

struct Reader<'a> {
    rest: &'a str,
}

// From the loosest operator to the tightest: `|`, `&`, `<->`, `!`. A part that is `None` matches everything.
impl<'a> Reader<'a> {
    fn alternatives(&mut self) -> Option<String> {
        let mut any = self.all_of();
        while self.take("|") {
            let next = self.all_of();
            any = match (any, next) {
                (Some(any), Some(next)) => Some(format!("{any} | {next}")),
                _ => None,
            };
        }
        any
    }

    fn all_of(&mut self) -> Option<String> {
        let mut all = self.part();
        while self.take("&") || self.take_distance() {
            all = match (all, self.part()) {
                (Some(all), Some(next)) => Some(format!("{all} & {next}")),
                (one, other) => one.or(other),
            };
        }
        all
    }

    fn part(&mut self) -> Option<String> {
        if self.take("!") {
            self.part();
            return None;
        }
        if self.take("(") {
            let inner = self.alternatives();
            self.take(")");
            return inner.map(|inner| format!("( {inner} )"));
        }
        self.lexeme().map(str::to_owned)
    }

    /// A lexeme in single quotes, which are doubled inside. Weights and prefixes never occur.
    fn lexeme(&mut self) -> Option<&'a str> {
        let inner = self.rest.strip_prefix('\'')?;
        let mut signs = inner.char_indices().peekable();
        while let Some((at, sign)) = signs.next() {
            match sign {
                '\'' if signs.next_if(|(_, next)| *next == '\'').is_none() => {
                    let (lexeme, rest) = self.rest.split_at(at + 2);
                    self.rest = rest.trim_start();
                    return Some(lexeme);
                }
                '\\' => {
                    signs.next();
                }
                _ => {}
            }
        }
        None
    }

    fn take(&mut self, sign: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else {
            return false;
        };
        self.rest = rest.trim_start();
        true
    }

    /// `<->` or `<2>`.
    fn take_distance(&mut self) -> bool {
        let Some((_, rest)) = self
            .rest
            .strip_prefix('<')
            .and_then(|rest| rest.split_once('>'))
        else {
            return false;
        };
        self.rest = rest.trim_start();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::loosen;

    #[test]
    fn phrases_become_words_and_exclusions_are_dropped() {
        for (query, loose) in [
            ("'oak'", Some("'oak'")),
            ("'oak' & 'window'", Some("'oak' & 'window'")),
            (
                "'shop' <-> 'window' <2> 'oak'",
                Some("'shop' & 'window' & 'oak'"),
            ),
            ("'oak' & !'elm'", Some("'oak'")),
            ("!'elm' & 'oak'", Some("'oak'")),
            ("'oak' & !( 'shop' <-> 'window' )", Some("'oak'")),
            ("'oak' | 'elm' & 'ash'", Some("'oak' | 'elm' & 'ash'")),
            ("'oak' | !'elm'", None),
            ("'oak' & ( 'elm' | !'ash' )", Some("'oak'")),
            (
                "( 'oak' | 'elm' ) & 'ash'",
                Some("( 'oak' | 'elm' ) & 'ash'"),
            ),
            ("!'elm'", None),
            (
                r"'o''brien' <-> 'a|b' & '\\'''",
                Some(r"'o''brien' & 'a|b' & '\\'''"),
            ),
            ("", None),
            ("'oak' & ? | 'elm'", None),
        ] {
            assert_eq!(loosen(query).as_deref(), loose, "{query}");
        }
    }
}
