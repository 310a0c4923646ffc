//! The picker in a browser.

use super::wall;
use crate::islands::{
    clock,
    dom::{all, browser_zone, find, number, on},
    time_left,
};
use std::rc::Rc;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

pub fn wake(root: &HtmlElement) {
    let Some(picker) = Picker::within(root).map(Rc::new) else {
        return;
    };
    if find::<Element>(root, "[data-keep-zone]").is_none() {
        picker.choose_own_zone();
    }
    picker.say();
    let said = picker.clone();
    on(root, "input", move |_| said.say());
    for preset in all::<HtmlElement>(root, "[data-days]") {
        let (picker, days) = (
            picker.clone(),
            number(&preset, "data-days").unwrap_or_default(),
        );
        on(&preset, "click", move |_| picker.set(days));
    }
    if let Some(presets) = find::<HtmlElement>(root, ".chips[hidden]") {
        presets.set_hidden(false);
    }
}

struct Picker {
    root: HtmlElement,
    input: HtmlInputElement,
    zones: HtmlSelectElement,
    /// Where the moment is said in words.
    place: HtmlElement,
    /// Which of two hours is meant, shown where clocks are set back.
    hours: HtmlElement,
}

impl Picker {
    fn within(root: &HtmlElement) -> Option<Self> {
        let (input, zones) = (find(root, "#deadline")?, find(root, "#time_zone")?);
        Some(Self {
            root: root.clone(),
            input,
            zones,
            place: find(root, "[aria-live]")?,
            hours: find(root, "[data-doubled]")?,
        })
    }

    fn choose_own_zone(&self) {
        let Some(own) = browser_zone() else { return };
        let before = self.zones.value();
        self.zones.set_value(&own);
        // The list may lack it, and then nothing would be chosen.
        if self.zones.value() != own {
            self.zones.set_value(&before);
        }
    }

    /// Sets the deadline to the next full hour this many days ahead, by the wall clock of the chosen zone.
    fn set(&self, days: f64) {
        let (Some(now_ms), Some(zone)) = (
            clock::now_ms(&self.root),
            wall::Zone::named(&self.zones.value()),
        ) else {
            return;
        };
        let target_ms =
            (zone.wall_ms(now_ms) / wall::HOUR_MS).ceil() * wall::HOUR_MS + days * wall::DAY_MS;
        // Where clocks skip that hour, the next one is meant.
        let target_ms = if zone.instants_ms(target_ms).is_some() {
            target_ms
        } else {
            target_ms + wall::HOUR_MS
        };
        self.input.set_value(&wall::to_field(target_ms));
        self.say();
    }

    /// Whether the second of two hours is chosen, or nothing while neither is.
    fn is_second(&self) -> Option<bool> {
        let chosen: HtmlInputElement = find(&self.hours, ":checked")?;
        Some(chosen.value() == "second")
    }

    /// Says in words which moment is chosen, or why it can't be.
    fn say(&self) {
        let name = self.zones.value();
        let (wall_ms, zone) = (wall::parse(&self.input.value()), wall::Zone::named(&name));
        if let Some((wall_ms, zone)) = wall_ms.zip(zone.as_ref()) {
            let is_doubled = zone
                .instants_ms(wall_ms)
                .is_some_and(|(first_ms, last_ms)| first_ms < last_ms);
            self.hours.set_hidden(!is_doubled);
        }
        let (words, warns) = match (wall_ms, zone, clock::now_ms(&self.root)) {
            (Some(wall_ms), Some(zone), Some(now_ms)) => {
                match zone.checked(wall_ms, self.is_second(), now_ms) {
                    Ok(left) => (
                        [
                            "Closes ",
                            &wall::in_words(wall_ms),
                            " (",
                            &name,
                            "), in ",
                            &time_left(left),
                            ".",
                        ]
                        .concat(),
                        false,
                    ),
                    Err(problem) => (problem.to_string(), true),
                }
            }
            // An empty field needs no words, and a zone that only the server knows is the server's to check.
            _ => (String::new(), false),
        };
        self.place.set_text_content(Some(&words));
        self.place
            .set_class_name(if warns { "field-error" } else { "hint" });
    }
}
