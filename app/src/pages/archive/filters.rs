use crate::{
    form::Form,
    pages::search::{Choice, RangeFields},
};
use guildhall::{
    archive::{ArchiveOrder, Ending},
    money::Currency,
    project::Category,
};
use leptos::prelude::*;

/// The filters and the order; applying them keeps the search.
#[component]
pub(super) fn Filters(form: Form) -> impl IntoView {
    let q = form.value("q");
    let refused = form.is_refused();
    let categories = Category::ALL.map(|category| (category.slug(), category.label()));
    let currencies = Currency::ALL.map(|currency| (currency.code(), currency.code()));
    let endings = Ending::ALL.map(|ending| (ending.name(), ending.label()));
    let orders = ArchiveOrder::ALL.map(|order| (order.name(), order.label()));
    let (ending, order) = (Ending::default().name(), ArchiveOrder::default().name());
    view! {
        <aside aria-label="Filters">
            <details class="filters-fold" open=refused>
                <summary>"Filter auctions"</summary>
                <form class="filters" method="get" action="/archive" aria-label="Filter auctions" novalidate>
                    {(!q.is_empty()).then(|| view! { <input type="hidden" name="q" value=q/> })}
                    <Choice name="category" label="Category" first="All categories" choices=categories.to_vec() form=form.clone()/>
                    <Choice name="ending" label="Result" otherwise=ending choices=endings.to_vec() form=form.clone()/>
                    <Choice name="currency" label="Currency" first="Any currency" choices=currencies.to_vec() form=form.clone()/>
                    <RangeFields legend="Winning bid" from="price_from" to="price_to" inputmode="decimal" form=form.clone()/>
                    <RangeFields legend="Number of bids" from="bids_from" to="bids_to" inputmode="numeric" form=form.clone()/>
                    <RangeFields legend="Deadline" from="ended_from" to="ended_to" form=form.clone()/>
                    <Choice name="sort" label="Sort by" otherwise=order choices=orders.to_vec() form/>
                    <button class="btn btn-outline btn-wide" type="submit">"Apply filters"</button>
                </form>
            </details>
        </aside>
    }
}
