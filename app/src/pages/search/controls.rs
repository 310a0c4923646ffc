use crate::{
    components::{Field, Icon, control_attributes, field_error},
    form::Form,
};
use leptos::prelude::*;

/// The search box of the list at `action`; searching keeps the filters in `hidden`.
#[component]
pub(in crate::pages) fn SearchBar(
    form: Form,
    action: &'static str,
    label: &'static str,
    hidden: Vec<(&'static str, String)>,
) -> impl IntoView {
    let (described, invalid) = control_attributes("q", false, &form);
    let hidden = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        {field_error("q", &form)}
        <form class="search-bar" method="get" action=action role="search">
            <label class="sr-only" for="q">{label}</label>
            <input
                class="input"
                type="search"
                id="q"
                name="q"
                dir="auto"
                placeholder="Trade or skill"
                value=form.value("q")
                aria-describedby=described
                aria-invalid=invalid
            />
            {hidden}
            <button class="btn btn-primary" type="submit"><Icon name="search"/>"Search"</button>
        </form>
    }
}

/// A select field; each of `choices` is a value and its label.
#[component]
pub(in crate::pages) fn Choice(
    name: &'static str,
    label: &'static str,
    /// The label of the option for no choice.
    #[prop(optional)]
    first: Option<&'static str>,
    /// The value selected by default.
    #[prop(optional)]
    otherwise: &'static str,
    choices: Vec<(&'static str, &'static str)>,
    form: Form,
) -> impl IntoView {
    let (described, invalid) = control_attributes(name, false, &form);
    let chosen = Some(form.value(name))
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| otherwise.to_owned());
    let options = choices
        .into_iter()
        .map(|(value, text)| view! { <option value=value selected=value == chosen>{text}</option> })
        .collect_view();
    view! {
        <Field name label form>
            <select class="select" id=name name=name aria-describedby=described aria-invalid=invalid>
                {first.map(|text| view! { <option value="">{text}</option> })}
                {options}
            </select>
        </Field>
    }
}

/// Two fields for the bounds of something. Their errors are shown above both, because the fields are too narrow for
/// them.
#[component]
pub(in crate::pages) fn RangeFields(
    legend: &'static str,
    /// The names of the fields.
    from: &'static str,
    to: &'static str,
    /// The keyboard of phones. Without one, the fields take dates, which need a line each.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    form: Form,
) -> impl IntoView {
    let invalid = form.error(from).is_some() || form.error(to).is_some();
    let class = if invalid {
        "field field-invalid"
    } else {
        "field"
    };
    let pair = match inputmode {
        Some(_) => "field-pair",
        None => "stack",
    };
    view! {
        <fieldset class=class>
            <legend class="field-label">{legend}</legend>
            {field_error(from, &form)}
            {field_error(to, &form)}
            <div class=pair>
                {bound(from, "From", inputmode, &form)}
                {bound(to, "To", inputmode, &form)}
            </div>
        </fieldset>
    }
}

fn bound(
    name: &'static str,
    label: &'static str,
    inputmode: Option<&'static str>,
    form: &Form,
) -> impl IntoView + use<> {
    let (described, invalid) = control_attributes(name, false, form);
    view! {
        <div>
            <label class="field-help" for=name>{label}</label>
            <input
                class="input"
                type=if inputmode.is_none() { "date" } else { "text" }
                id=name
                name=name
                inputmode=inputmode
                autocomplete="off"
                value=form.value(name)
                aria-describedby=described
                aria-invalid=invalid
            />
        </div>
    }
}
