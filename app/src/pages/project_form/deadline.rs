//! The fields for when bidding ends, in the wall-clock time of a zone.

use crate::{
    components::{Field, control_attributes},
    form::Form,
};
use guildhall::moment::Zone;
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
                help="Choose a time within the next year, in the time zone that you set here."
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
        // The exact moment that the field was filled with. It applies as long as nobody edits the field.
        <input type="hidden" name="deadline_shown" value=form.value("deadline_shown")/>
    }
}

/// The two moments of the form's deadline, in UTC, if clocks show it twice; otherwise empty.
pub(super) fn repeated_moments(form: &Form) -> Vec<String> {
    let zone = Zone::by_name(&form.value("time_zone")).ok();
    let moments = zone.and_then(|zone| zone.repeated_moments(&form.value("deadline")));
    let clock = |moment| Zone::utc().clock(moment);
    moments.map_or_else(Vec::new, |moments| moments.map(clock).into())
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
