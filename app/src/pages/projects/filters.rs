use crate::{
    components::Moment,
    form::Form,
    pages::search::{Choice, RangeFields},
};
use guildhall::{
    money::Currency,
    project::{Category, Sort, WorkPlaceKind},
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// The filters and the order; applying them keeps the search.
#[component]
pub(super) fn Filters(
    form: Form,
    /// When the visit before this one ended, if there was one.
    last_visit: Option<OffsetDateTime>,
) -> impl IntoView {
    let q = form.value("q");
    let refused = form.is_refused();
    let categories = Category::ALL.map(|category| (category.slug(), category.label()));
    let currencies = Currency::ALL.map(|currency| (currency.code(), currency.code()));
    let places = WorkPlaceKind::ALL.map(|place| (place.name(), place.label()));
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
                    <RangeFields legend="Budget" from="budget_from" to="budget_to" inputmode="decimal" form=form.clone()/>
                    <Choice name="work_place" label="Where" first="Anywhere" choices=places.to_vec() form=form.clone()/>
                    <fieldset class="field">
                        <legend class="field-label">"Show only"</legend>
                        <Only name="closing" value="today" label="Closing today" form=form.clone()/>
                        <Only name="bids" value="none" label="No bids yet" form=form.clone()/>
                        {last_visit.map(|at| view! {
                            <Only name="since" value="last-visit" label="New since my last visit" form=form.clone()>
                                <Moment at/>
                            </Only>
                        })}
                    </fieldset>
                    <Choice name="sort" label="Sort by" otherwise=default_order choices=orders.to_vec() form/>
                    <button class="btn btn-outline btn-wide" type="submit">"Apply filters"</button>
                </form>
            </details>
        </aside>
    }
}

/// A filter that is on or off, with an optional explanation below its label.
#[component]
fn Only(
    name: &'static str,
    value: &'static str,
    label: &'static str,
    form: Form,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let checked = form.has(name, value);
    view! {
        <label class="check">
            <input class="checkbox" type="checkbox" id=name name=name value=value checked=checked/>
            <span>
                {label} {children.map(|children| view! { <span class="field-help block">{children()}</span> })}
            </span>
        </label>
    }
}
