//! The fields for where, by when and how long the work is done. All of them are optional.

use crate::{
    components::{Field, control_attributes, field_error},
    form::Form,
};
use guildhall::project::{DurationUnit, LONGEST_SITE, MAX_DAYS};
use leptos::prelude::*;

/// The values and labels of the field `work_place`. The labels are the same in the filters of the list.
const PLACES: [(&str, &str); 3] = [
    ("", "Not specified"),
    ("remote", "Remote"),
    ("on_site", "On site"),
];

#[component]
pub(super) fn Fulfillment(form: Form) -> impl IntoView {
    view! {
        <fieldset class="form-section">
            <legend>"Place and time of the work"</legend>
            <div class="field-row">
                <Place form=form.clone()/>
                <Site form=form.clone()/>
                <DeliveryDate form=form.clone()/>
                <Duration form/>
            </div>
        </fieldset>
    }
}

#[component]
fn Place(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("work_place", true, &form);
    let options = options(&PLACES, &form.value("work_place"));
    view! {
        <Field name="work_place" label="Where" help="Can it be done from anywhere?" optional=true form>
            <select
                class="select"
                id="work_place"
                name="work_place"
                aria-describedby=described
                aria-invalid=invalid
            >
                {options}
            </select>
        </Field>
    }
}

fn options(
    choices: &'static [(&'static str, &'static str)],
    chosen: &str,
) -> impl IntoView + use<> {
    choices
        .iter()
        .map(|&(value, label)| view! { <option value=value selected=value == chosen>{label}</option> })
        .collect_view()
}

#[component]
fn Site(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("site", true, &form);
    let value = form.value("site");
    view! {
        <Field
            name="site"
            label="Town or area"
            help="Such as Leeds. Everybody can see it."
            optional=true
            form
        >
            <input
                class="input"
                type="text"
                id="site"
                name="site"
                dir="auto"
                autocomplete="off"
                maxlength=LONGEST_SITE.to_string()
                aria-describedby=described
                aria-invalid=invalid
                value=value
            />
        </Field>
    }
}

#[component]
fn DeliveryDate(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("delivery_date", true, &form);
    let value = form.value("delivery_date");
    view! {
        <Field
            name="delivery_date"
            label="Delivery date"
            help="When you need the finished work: after bidding ends, within two years."
            optional=true
            form
        >
            <input
                class="input"
                type="date"
                id="delivery_date"
                name="delivery_date"
                aria-describedby=described
                aria-invalid=invalid
                value=value
            />
        </Field>
    }
}

/// A number and its unit, under one label.
#[component]
fn Duration(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("duration", true, &form);
    let (unit_described, unit_invalid) = control_attributes("duration_unit", false, &form);
    let value = form.value("duration");
    let chosen = form.value("duration_unit");
    let units = DurationUnit::ALL
        .into_iter()
        .map(|unit| {
            let name = unit.name();
            view! { <option value=name selected=name == chosen>{name}</option> }
        })
        .collect_view();
    let unit_error = field_error("duration_unit", &form);
    let help =
        format!("How long the work will take, up to {MAX_DAYS} days. A month counts as 30 days.");
    view! {
        <Field name="duration" label="Expected duration" help optional=true form>
            {unit_error}
            <div class="field-pair">
                <input
                    class="input"
                    type="text"
                    id="duration"
                    name="duration"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-describedby=described
                    aria-invalid=invalid
                    value=value
                />
                <select
                    class="select"
                    id="duration_unit"
                    name="duration_unit"
                    aria-label="Unit of the duration"
                    aria-describedby=unit_described
                    aria-invalid=unit_invalid
                >
                    {units}
                </select>
            </div>
        </Field>
    }
}
