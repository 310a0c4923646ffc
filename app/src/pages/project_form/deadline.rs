//! When bidding ends, by the wall clock of a time zone.

use crate::{
    components::{Field, control_attributes},
    form::Form,
};
use guildhall::moment::{Hour, Zone};
use leptos::prelude::*;

#[component]
pub(super) fn Deadline(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("deadline", true, &form);
    let value = form.value("deadline");
    view! {
        <div class="field-row">
            <Field
                name="deadline"
                label="Bidding ends"
                help="A moment ahead, at most a year from now."
                form=form.clone()
            >
                <input
                    class="input"
                    type="datetime-local"
                    id="deadline"
                    name="deadline"
                    step="60"
                    aria-describedby=described
                    aria-invalid=invalid
                    value=value
                />
            </Field>
            <ZoneChoice form=form.clone()/>
        </div>
        // The moment that the field was filled with: as long as nobody edits the field, it stays that moment.
        <input type="hidden" name="deadline_shown" value=form.value("deadline_shown")/>
        <HourChoice form/>
    }
}

/// Which of the two hours is meant that clocks show alike when they are set back. Shown for a time in them only.
#[component]
fn HourChoice(form: Form) -> impl IntoView {
    let is_doubled = Zone::named(&form.value("time_zone"))
        .is_ok_and(|zone| zone.is_doubled(&form.value("deadline")));
    let choices = [
        (Hour::First, "The first, before clocks are set back"),
        (Hour::Second, "The second, after clocks were set back"),
    ]
    .map(|(hour, words)| {
        let value = hour.name();
        let checked = form.has("deadline_hour", value);
        view! {
            <label class="choice">
                <input class="radio" type="radio" name="deadline_hour" value=value checked=checked/>
                <span class="choice-title">{words}</span>
            </label>
        }
    })
    .collect_view();
    view! {
        <fieldset class="field" data-doubled="" hidden=!is_doubled>
            <legend class="field-label">"Clocks show this time twice. Which do you mean?"</legend>
            <div class="choices">{choices}</div>
        </fieldset>
    }
}

#[component]
fn ZoneChoice(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("time_zone", true, &form);
    let chosen = form.value("time_zone");
    let options = Zone::names()
        .map(|name| view! { <option value=name selected=name == chosen>{name}</option> })
        .collect_view();
    view! {
        <Field
            name="time_zone"
            label="Time zone"
            help="The deadline is shown to each visitor in their own zone."
            form
        >
            <select class="select" id="time_zone" name="time_zone" aria-describedby=described aria-invalid=invalid>
                {options}
            </select>
        </Field>
    }
}
