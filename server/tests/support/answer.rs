//! Responses, and what a reader sees of them.

use axum::http::{HeaderMap, StatusCode};

/// A response.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    pub fn form_key(&self) -> String {
        let (_, after) = self
            .body
            .split_once("name=\"form_key\" value=\"")
            .or_else(|| self.body.split_once("form_key"))
            .expect("the page has a form");
        after
            .chars()
            .skip_while(|c| !c.is_ascii_hexdigit())
            .take(36)
            .collect()
    }

    /// The number at the bell in the header.
    pub fn bell(&self) -> String {
        let (_, after) = self
            .body
            .split_once("\"bell-count\"")
            .expect("the page has a bell");
        let (_, after) = after.split_once('>').unwrap();
        let (count, _) = after.split_once("</span>").unwrap();
        count
            .replace("<!>", "")
            .replace("<!---->", "")
            .trim()
            .to_owned()
    }

    /// Asserts the status and returns the answer.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} {}",
            self.location(),
            text_of(&self.body)
        );
        self
    }

    /// Asserts that the page's visible text contains this.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            text_of(&self.body).contains(words),
            "{words:?} is not in: {}",
            text_of(&self.body)
        );
        self
    }
}

/// Removes templates, which are not visible.
fn without_templates(html: &str) -> String {
    let mut parts = html.split("<template");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once("</template>").map_or("", |(_, rest)| rest)
    })
}

/// Removes the print note, which shows the second in which the page was rendered, so that pages can be compared.
fn without_print_note(html: &str) -> String {
    match html.split_once("<div class=\"print-note") {
        Some((before, note)) => {
            let after = note.split_once("</div>").map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => html.to_owned(),
    }
}

/// The visible text of a page's main part: without tags, with single spaces.
pub fn text_of(html: &str) -> String {
    let body = html.split_once("<main").map_or(html, |(_, main)| main);
    let body = body.split_once("<script").map_or(body, |(text, _)| text);
    let body = &without_print_note(body);
    // These leave no gap between words.
    let mut body = without_templates(body);
    for tag in ["<bdi>", "</bdi>", "<!---->"] {
        body = body.replace(tag, "");
    }
    let mut text = String::new();
    let mut in_tag = false;
    for c in body.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("&#x27;", "'")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}
