use crate::{
    form::Form,
    pages::search::{Choice, RangeFields},
};
use guildhall::{
    money::Currency,
    project::{Category, Sort},
};
use leptos::prelude::*;

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
                    <RangeFields legend="Budget" from="budget_from" to="budget_to" inputmode="decimal" form=form.clone()/>
                    <Choice name="sort" label="Sort by" otherwise=default_order choices=orders.to_vec() form/>
                    <button class="btn btn-outline btn-wide" type="submit">"Apply filters"</button>
                </form>
            </details>
        </aside>
    }
}
