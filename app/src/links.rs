//! Links that remember where the visitor wanted to go.

use std::fmt::Write as _;

/// The path of the sign-in or sign-up page, with `next`, the path on this site to continue to, unless it is empty.
#[must_use]
pub fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    let mut link = format!("{path}?next=");
    for byte in next.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                link.push(char::from(byte));
            }
            other => {
                let _ = write!(link, "%{other:02X}");
            }
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::with_next;

    #[test]
    fn a_next_path_is_escaped_and_an_empty_one_is_omitted() {
        assert_eq!(
            with_next("/sign-in", "/projects/7?a=b&c"),
            "/sign-in?next=/projects/7%3Fa%3Db%26c"
        );
        assert_eq!(with_next("/sign-up", ""), "/sign-up");
    }
}
