//! Help with choosing a deadline: the visitor's own zone, presets, and the moment in words before the form is sent.

use leptos::{html, prelude::*};

/// Server markup with `input#deadline` and `select#time_zone`, and help that only works in a browser.
#[cfg(feature = "ssr")]
#[component]
pub fn DeadlinePicker(
    /// The server's clock when the page was made, in milliseconds since the epoch.
    now_ms: f64,
    /// Whether the zone was chosen already, so that it is not replaced by the browser's.
    keep_zone: bool,
    children: Children,
) -> impl IntoView {
    let presets = [("1", "In 1 day"), ("3", "In 3 days"), ("7", "In 1 week"), ("14", "In 2 weeks")]
        .map(|(days, words)| view! { <button class="chip" type="button" data-days=days>{words}</button> })
        .collect_view();
    view! {
        <DeadlinePickerIsland>
            <div class="stack" data-now-ms=now_ms.to_string() data-keep-zone=keep_zone.then_some("true")>
                {children()}
                <div class="chips" role="group" aria-label="Set the deadline to" hidden>
                    {presets}
                </div>
                <p class="hint" aria-live="polite"></p>
            </div>
        </DeadlinePickerIsland>
    }
}

#[island]
fn DeadlinePickerIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, browser::wake);
    view! { <div node_ref=root>{children()}</div> }
}

#[cfg(feature = "hydrate")]
mod browser {
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
    }

    impl Picker {
        fn within(root: &HtmlElement) -> Option<Self> {
            let (input, zones) = (find(root, "#deadline")?, find(root, "#time_zone")?);
            Some(Self {
                root: root.clone(),
                input,
                zones,
                place: find(root, "[aria-live]")?,
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
            let target_ms = if zone.instant_ms(target_ms).is_some() {
                target_ms
            } else {
                target_ms + wall::HOUR_MS
            };
            self.input.set_value(&wall::to_field(target_ms));
            self.say();
        }

        /// Says in words which moment is chosen, or why it can't be.
        fn say(&self) {
            let name = self.zones.value();
            let (words, warns) = match (
                wall::parse(&self.input.value()),
                wall::Zone::named(&name),
                clock::now_ms(&self.root),
            ) {
                (Some(wall_ms), Some(zone), Some(now_ms)) => match zone.checked(wall_ms, now_ms) {
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
                },
                // An empty field needs no words, and a zone that only the server knows is the server's to check.
                _ => (String::new(), false),
            };
            self.place.set_text_content(Some(&words));
            self.place
                .set_class_name(if warns { "field-error" } else { "hint" });
        }
    }
}

/// The wall clock of a zone, as far as the browser knows it. A wall-clock time is told in milliseconds as if it were UTC.
#[cfg(feature = "hydrate")]
mod wall {
    use crate::islands::{
        dom::{property, text},
        ticker::seconds_between,
    };
    use guildhall::field::Problem;
    use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    pub const HOUR_MS: f64 = 3_600_000.0;
    pub const DAY_MS: f64 = 24.0 * HOUR_MS;
    /// The server's rule: a deadline is this far ahead at most.
    const FARTHEST_MS: f64 = 366.0 * DAY_MS;

    pub struct Zone(DateTimeFormat);

    impl Zone {
        /// `None` when the browser doesn't know it.
        pub fn named(name: &str) -> Option<Self> {
            let options = Object::new();
            let set = |option: &str, value: &str| {
                Reflect::set(
                    &options,
                    &JsValue::from_str(option),
                    &JsValue::from_str(value),
                )
                .ok()
            };
            set("timeZone", name)?;
            set("hourCycle", "h23")?;
            for field in ["year", "month", "day", "hour", "minute", "second"] {
                set(field, "numeric")?;
            }
            // The typed constructor can't tell of an unknown zone: it throws past Rust.
            let constructor: Function =
                property(&property(&js_sys::global(), "Intl"), "DateTimeFormat")
                    .dyn_into()
                    .ok()?;
            let format = Reflect::construct(
                &constructor,
                &Array::of2(&JsValue::from_str("en-US"), &options),
            )
            .ok()?;
            Some(Self(format.unchecked_into()))
        }

        /// What this zone's clocks show at an instant.
        pub fn wall_ms(&self, instant_ms: f64) -> f64 {
            let parts = self
                .0
                .format_to_parts(&Date::new(&JsValue::from_f64(instant_ms)));
            let number = |name: &str| {
                let part = parts
                    .iter()
                    .find(|part| text(part, "type").as_deref() == Some(name));
                part.and_then(|part| text(&part, "value"))
                    .and_then(|value| value.parse::<i32>().ok())
                    .unwrap_or_default()
            };
            let [year, month, day, hour, minute, second] =
                ["year", "month", "day", "hour", "minute", "second"]
                    .map(|name| f64::from(number(name)));
            Date::utc(year, month - 1.0)
                + (day - 1.0) * DAY_MS
                + hour * HOUR_MS
                + minute * HOUR_MS / 60.0
                + second * 1_000.0
        }

        /// When this zone's clocks show that time: the first of two moments, and `None` for an hour they skip. No zone
        /// is a day away from UTC, and none changes its clocks twice in two days.
        pub fn instant_ms(&self, wall_ms: f64) -> Option<f64> {
            let offset_near = |instant_ms: f64| self.wall_ms(instant_ms) - instant_ms;
            [wall_ms - DAY_MS, wall_ms + DAY_MS]
                .map(|near_ms| wall_ms - offset_near(near_ms))
                .into_iter()
                .filter(|&instant_ms| self.wall_ms(instant_ms) == wall_ms)
                .reduce(f64::min)
        }

        /// The seconds left until that time if it can be a deadline, by the server's rules.
        pub fn checked(&self, wall_ms: f64, now_ms: f64) -> Result<i64, Problem> {
            let instant_ms = self.instant_ms(wall_ms).ok_or(Problem::SkippedTime)?;
            if instant_ms <= now_ms {
                Err(Problem::InThePast)
            } else if instant_ms - now_ms > FARTHEST_MS {
                Err(Problem::TooFarAhead)
            } else {
                Ok(seconds_between(now_ms, instant_ms))
            }
        }
    }

    /// What a date-time field holds, or nothing.
    pub fn parse(text: &str) -> Option<f64> {
        let wall_ms = Date::parse(&[text, "Z"].concat());
        wall_ms.is_finite().then_some(wall_ms)
    }

    /// As a date-time field holds it: `2026-11-28T17:00`.
    pub fn to_field(wall_ms: f64) -> String {
        let date = Date::new(&JsValue::from_f64(wall_ms));
        String::from(date.to_iso_string())
            .chars()
            .take("2026-11-28T17:00".len())
            .collect()
    }

    /// As the pages show it: `Sat 28 Nov 2026, 17:00`.
    pub fn in_words(wall_ms: f64) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let date = Date::new(&JsValue::from_f64(wall_ms));
        let weekday = DAYS
            .get(date.get_utc_day() as usize)
            .copied()
            .unwrap_or_default();
        let month = MONTHS
            .get(date.get_utc_month() as usize)
            .copied()
            .unwrap_or_default();
        let (day, year, hour, minute) = (
            date.get_utc_date(),
            date.get_utc_full_year(),
            date.get_utc_hours(),
            date.get_utc_minutes(),
        );
        format!("{weekday} {day} {month} {year}, {hour:02}:{minute:02}")
    }
}
