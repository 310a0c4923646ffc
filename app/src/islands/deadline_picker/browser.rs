//! The picker in a browser.

use super::wall;
use crate::islands::{clock, time_left};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement, HtmlSelectElement, RadioNodeList};

#[derive(Clone, Copy)]
pub struct Picker {
    /// The server's clock when the page was rendered.
    pub rendered_ms: f64,
    /// An element of the form, through which its fields are found.
    pub presets: NodeRef<html::Fieldset>,
    /// True once hydrated; the presets are hidden until then, because they would do nothing.
    pub has_presets: RwSignal<bool>,
    /// The two times in UTC if clocks show the chosen time twice; otherwise empty.
    pub doubled: RwSignal<Vec<String>>,
    /// The chosen moment as text, or why it can't be a deadline.
    pub text: RwSignal<String>,
    pub is_wrong: RwSignal<bool>,
}

/// The fields of the form that make up a deadline.
struct Fields {
    deadline: HtmlInputElement,
    zones: HtmlSelectElement,
    /// Two radio buttons.
    hours: RadioNodeList,
}

impl Fields {
    fn of(form: &HtmlFormElement) -> Option<Self> {
        let named = |name| form.elements().get_with_name(name);
        Some(Self {
            deadline: named("deadline")?.dyn_into().ok()?,
            zones: named("time_zone")?.dyn_into().ok()?,
            hours: named("deadline_hour")?.dyn_into().ok()?,
        })
    }

    /// True if the second of two hours is chosen; `None` if neither is.
    fn is_second(&self) -> Option<bool> {
        match self.hours.value().as_str() {
            "" => None,
            value => Some(value == "second"),
        }
    }
}

impl Picker {
    pub fn start(self) {
        self.describe();
        self.has_presets.set(true);
    }

    fn fields(self) -> Option<Fields> {
        Fields::of(&self.presets.get_untracked()?.form()?)
    }

    fn now_ms(self) -> f64 {
        clock::now_ms(self.rendered_ms)
    }

    /// Sets the deadline to the next full hour, `days` ahead, by the wall clock of the chosen zone.
    pub fn set(self, days: u8) {
        let Some(fields) = self.fields() else { return };
        let Some(zone) = wall::BrowserZone::by_name(&fields.zones.value()) else {
            return;
        };
        let target_ms = (zone.wall_ms(self.now_ms()) / wall::HOUR_MS).ceil() * wall::HOUR_MS
            + f64::from(days) * wall::DAY_MS;
        // If clocks skip that hour, take the next one.
        let target_ms = if zone.instants_ms(target_ms).is_some() {
            target_ms
        } else {
            target_ms + wall::HOUR_MS
        };
        fields.deadline.set_value(&wall::to_field(target_ms));
        self.describe();
    }

    /// Shows the chosen moment as text, or why it can't be a deadline.
    pub fn describe(self) {
        let Some(fields) = self.fields() else { return };
        let name = fields.zones.value();
        let (text, is_wrong) = match (
            wall::parse(&fields.deadline.value()),
            wall::BrowserZone::by_name(&name),
        ) {
            (Some(wall_ms), Some(zone)) => {
                self.doubled.set(zone.repeated_moments(wall_ms));
                match zone.seconds_until(wall_ms, fields.is_second(), self.now_ms()) {
                    Ok(left) => {
                        let moment = wall::format_long(wall_ms);
                        let left = time_left(left);
                        (
                            ["Closes ", &moment, " (", &name, "), in ", &left, "."].concat(),
                            false,
                        )
                    }
                    Err(problem) => (problem.to_string(), true),
                }
            }
            // An empty field needs no text. A zone that only the server knows is checked by the server.
            _ => (String::new(), false),
        };
        self.text.set(text);
        self.is_wrong.set(is_wrong);
    }
}
