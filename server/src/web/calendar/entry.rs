//! Calendar entries as text.
//!
//! The same entries always give the same text, so that a calendar that polls again gets 304 if nothing has changed. An
//! entry has no alarm: calendars have their own, and `icalendar` would write the present time into it.

use guildhall::project::ProjectId;
use icalendar::{Calendar, Component, DatePerhapsTime, Event, EventLike, EventStatus, Property};
use time::OffsetDateTime;

/// A deadline in a calendar.
#[derive(Debug, Clone)]
pub(super) struct CalendarEntry {
    pub project: ProjectId,
    pub title: String,
    pub text: String,
    /// The path of its page.
    pub path: String,
    pub at: OffsetDateTime,
    pub changed_at: OffsetDateTime,
    pub is_cancelled: bool,
}

/// A calendar with this name and these entries. Times are UTC, so no calendar needs to know our zones.
pub(super) fn calendar(base_url: &str, name: &str, entries: Vec<CalendarEntry>) -> String {
    let mut calendar = Calendar::new();
    for property in &mut calendar.properties {
        if property.key() == "PRODID" {
            *property = Property::new("PRODID", "-//Guildhall//Deadlines//EN");
        }
    }
    // The property of RFC 7986, and the one that most calendars read.
    for key in ["NAME", "X-WR-CALNAME"] {
        calendar.append_property(text(key, name));
    }
    calendar.extend(entries.into_iter().map(|entry| event(base_url, &entry)));
    calendar.to_string()
}

fn event(base_url: &str, entry: &CalendarEntry) -> Event {
    let host = base_url
        .split_once("://")
        .map_or(base_url, |(_, host)| host);
    let address = format!("{base_url}{}", entry.path);
    let changed_at = |key| DatePerhapsTime::from(entry.changed_at).to_property(key);
    let status = match entry.is_cancelled {
        true => EventStatus::Cancelled,
        false => EventStatus::Confirmed,
    };
    let mut event = Event::new();
    event
        // A project keeps its entry, whatever becomes of it.
        .uid(&format!("project-{}-deadline@{host}", entry.project))
        .append_property(changed_at("DTSTAMP"))
        .append_property(changed_at("LAST-MODIFIED"))
        .starts(entry.at)
        .summary(&without_controls(&entry.title))
        .description(&format!("{}\n{address}", without_controls(&entry.text)))
        .url(&address)
        // A deadline does not make its owner busy.
        .add_property("TRANSP", "TRANSPARENT")
        .status(status);
    event.done()
}

/// A property whose value is TEXT (RFC 5545, section 3.3.11). `icalendar` escapes the values of the properties that it
/// knows to be text; `NAME` is not among them, so its type is written out.
fn text(key: &str, value: &str) -> Property {
    let mut property = Property::new(key, without_controls(value));
    if property.value_type().is_none() {
        property.add_parameter("VALUE", "TEXT");
    }
    property
}

/// Of the control characters, `icalendar` escapes line feeds only; another one would end the line or break the file.
fn without_controls(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: OffsetDateTime = time::macros::datetime!(2026-11-28 16:00:00.75 UTC);

    fn entry(title: &str) -> CalendarEntry {
        CalendarEntry {
            project: ProjectId(7),
            title: title.to_owned(),
            text: "The lowest bid wins.".to_owned(),
            path: "/projects/7".to_owned(),
            at: AT,
            changed_at: AT - time::Duration::DAY,
            is_cancelled: false,
        }
    }

    /// A calendar and its only entry, both with this name.
    fn written_calendar(title: &str) -> String {
        calendar("https://guildhall.example", title, vec![entry(title)])
    }

    /// RFC 5545, section 3.3.11: "\\\\", "\\," and "\\;".
    fn escaped(text: &str) -> String {
        let mut escaped = String::new();
        for sign in text.chars() {
            if matches!(sign, '\\' | ',' | ';') {
                escaped.push('\\');
            }
            escaped.push(sign);
        }
        escaped
    }

    #[test]
    fn the_names_of_a_calendar_and_its_entries_are_escaped() {
        let lines = unfold(&written_calendar("Doors, windows; C:\\shop"));
        for line in [
            "SUMMARY:Doors\\, windows\\; C:\\\\shop",
            "NAME;VALUE=TEXT:Doors\\, windows\\; C:\\\\shop",
            "X-WR-CALNAME:Doors\\, windows\\; C:\\\\shop",
        ] {
            assert!(lines.iter().any(|own| own == line), "{line}: {lines:#?}");
        }
    }

    /// The lines as a calendar reads them (RFC 5545, section 3.1).
    fn unfold(text: &str) -> Vec<String> {
        let text = text.replace("\r\n ", "");
        text.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_entry_has_a_lasting_id_and_a_time_in_utc() {
        let lines = unfold(&written_calendar("A window"));
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Guildhall//Deadlines//EN",
            "UID:project-7-deadline@guildhall.example",
            "DTSTART:20261128T160000Z",
            "DTSTAMP:20261127T160000Z",
            "SUMMARY:A window",
            "STATUS:CONFIRMED",
            "URL:https://guildhall.example/projects/7",
            "DESCRIPTION:The lowest bid wins.\\nhttps://guildhall.example/projects/7",
            "END:VCALENDAR",
        ] {
            assert!(lines.iter().any(|own| own == line), "{line}: {lines:#?}");
        }
        assert_eq!(written_calendar("A window"), written_calendar("A window"));
    }

    #[test]
    fn a_cancelled_project_is_cancelled_in_the_calendar_too() {
        let mut entry = entry("A window");
        entry.is_cancelled = true;
        let text = calendar("https://guildhall.example", "Deadlines", vec![entry]);
        assert!(text.contains("\r\nSTATUS:CANCELLED\r\n"));
    }

    proptest! {
        #[test]
        fn no_name_can_add_a_line_or_an_entry(title in "(?s).{0,120}") {
            let text = written_calendar(&title);
            // Lines end by CR LF only. They should be at most 75 bytes long; the library's last one may be 76.
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 76 && !line.contains(['\r', '\n'])));
            let lines = unfold(&text);
            prop_assert_eq!(lines.len(), unfold(&written_calendar("x")).len());
            let values = ["SUMMARY:", "NAME;VALUE=TEXT:", "X-WR-CALNAME:"];
            for start in values {
                let value = lines.iter().find_map(|line| line.strip_prefix(start)).unwrap();
                prop_assert_eq!(value, escaped(&without_controls(&title)), "{}", start);
            }
        }
    }
}
