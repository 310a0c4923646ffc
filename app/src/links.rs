//! Links that remember where the visitor wanted to go.

use std::fmt::Write as _;

/// The path of the sign-in or sign-up page. Unless it is empty, `next` is the path on this site to continue to.
#[must_use]
pub fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    format!("{path}?next={}", percent_encode(next, b"/-_."))
}

/// The path of the page that asks whether to discard the saved form of `page`.
#[must_use]
pub fn discard_saved_form(page: &str) -> String {
    format!(
        "/saved-forms/discard?page={}",
        percent_encode(page, b"/-_.")
    )
}

/// A `mailto:` link with this address and this subject (RFC 6068).
#[must_use]
pub fn mail_about(email: &str, subject: &str) -> String {
    let (email, subject) = (
        percent_encode(email, b"@-_."),
        percent_encode(subject, b"-_."),
    );
    format!("mailto:{email}?subject={subject}")
}

/// Percent-encodes everything except ASCII letters, digits and these bytes.
fn percent_encode(text: &str, unescaped: &[u8]) -> String {
    let mut all = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || unescaped.contains(&byte) {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{mail_about, with_next};

    #[test]
    fn a_next_path_is_escaped_and_an_empty_one_is_omitted() {
        assert_eq!(
            with_next("/sign-in", "/projects/7?a=b&c"),
            "/sign-in?next=/projects/7%3Fa%3Db%26c"
        );
        assert_eq!(with_next("/sign-up", ""), "/sign-up");
    }

    #[test]
    fn neither_address_nor_subject_can_add_a_header_to_a_mail() {
        assert_eq!(
            mail_about("ada+work&x=?@example.org", "Sign & \r\nBcc: tür?"),
            "mailto:ada%2Bwork%26x%3D%3F@example.org?subject=Sign%20%26%20%0D%0ABcc%3A%20t%C3%BCr%3F"
        );
    }
}
