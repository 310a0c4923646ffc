use super::Query;
use crate::{
    components::{Field, Icon, control_attributes, field_error},
    form::Form,
};
use guildhall::{
    money::Currency,
    project::{Category, Sort},
};
use leptos::prelude::*;

/// The search box; searching keeps the filters.
#[component]
pub(super) fn Search(form: Form, query: Query) -> impl IntoView {
    let (described, invalid) = control_attributes("q", false, &form);
    let kept = query
        .pairs()
        .into_iter()
        .filter(|(name, _)| *name != "q")
        .map(|(name, value)| view! { <input type="hidden" name=name value=value.to_owned()/> })
        .collect_view();
    view! {
        {field_error("q", &form)}
        <form class="search-bar" method="get" action="/projects" role="search">
            <label class="sr-only" for="q">"Search projects"</label>
            <input
                class="input"
                type="search"
                id="q"
                name="q"
                dir="auto"
                placeholder="Trade, skill or word"
                value=form.value("q")
                aria-describedby=described
                aria-invalid=invalid
            />
            {kept}
            <button class="btn btn-primary" type="submit"><Icon name="search"/>"Search"</button>
        </form>
    }
}

/// The filters and the order; applying them keeps the search.
#[component]
pub(super) fn Filters(form: Form) -> impl IntoView {
    let q = form.value("q");
    let refused = form.is_refused();
    let categories = Category::ALL.map(|category| (category.slug(), category.label()));
    let currencies = Currency::ALL.map(|currency| (currency.code(), currency.code()));
    let orders = Sort::ALL.map(|sort| (sort.name(), sort.label()));
    let default_order = Sort::default().name();
    view! {
        <aside aria-label="Filters">
            <details class="filters-fold" open=refused>
                <summary>"Filter projects"</summary>
                <form class="filters" method="get" action="/projects" aria-label="Filter projects" novalidate>
                    {(!q.is_empty()).then(|| view! { <input type="hidden" name="q" value=q/> })}
                    <Choice name="category" label="Category" first="All categories" choices=categories.to_vec() form=form.clone()/>
                    <Choice name="currency" label="Currency" first="Any currency" choices=currencies.to_vec() form=form.clone()/>
                    <Budget form=form.clone()/>
                    <Choice name="sort" label="Sort by" otherwise=default_order choices=orders.to_vec() form/>
                    <button class="btn btn-outline btn-wide" type="submit">"Apply filters"</button>
                </form>
            </details>
        </aside>
    }
}

/// A select field; each of `choices` is a value and its label.
#[component]
fn Choice(
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
        .map(|(value, words)| view! { <option value=value selected=value == chosen>{words}</option> })
        .collect_view();
    view! {
        <Field name label form>
            <select class="select" id=name name=name aria-describedby=described aria-invalid=invalid>
                {first.map(|words| view! { <option value="">{words}</option> })}
                {options}
            </select>
        </Field>
    }
}

/// The bounds of the budget. Their errors are shown above both, because the fields are too narrow for them.
#[component]
fn Budget(form: Form) -> impl IntoView {
    let invalid = form.error("budget_from").is_some() || form.error("budget_to").is_some();
    let class = if invalid {
        "field field-invalid"
    } else {
        "field"
    };
    view! {
        <fieldset class=class>
            <legend class="field-label">"Budget"</legend>
            {field_error("budget_from", &form)}
            {field_error("budget_to", &form)}
            <div class="field-pair">
                {bound("budget_from", "From", &form)}
                {bound("budget_to", "To", &form)}
            </div>
        </fieldset>
    }
}

fn bound(name: &'static str, label: &'static str, form: &Form) -> impl IntoView + use<> {
    let (described, invalid) = control_attributes(name, false, form);
    view! {
        <div>
            <label class="field-help" for=name>{label}</label>
            <input
                class="input"
                id=name
                name=name
                inputmode="decimal"
                autocomplete="off"
                value=form.value(name)
                aria-describedby=described
                aria-invalid=invalid
            />
        </div>
    }
}
