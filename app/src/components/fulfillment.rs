//! Where a project's work is done, by when, and how long it takes.

use super::UserText;
use guildhall::project::{Fulfillment, WorkPlace};
use leptos::{either::EitherOf3, prelude::*};

/// "Remote" or "On site in Leeds".
#[component]
pub fn Place(place: WorkPlace) -> impl IntoView {
    match place {
        WorkPlace::Remote => EitherOf3::A("Remote"),
        WorkPlace::OnSite(site) if site.is_empty() => EitherOf3::B("On site"),
        WorkPlace::OnSite(site) => EitherOf3::C(view! { "On site in " <UserText text=site/> }),
    }
}

/// What the seller specified, as groups of a description list; empty if that is nothing.
pub fn fulfillment_facts(fulfillment: Fulfillment) -> impl IntoView {
    let Fulfillment {
        place,
        delivery,
        duration,
    } = fulfillment;
    view! {
        {place.map(|place| view! { <div><dt>"Where"</dt><dd><Place place/></dd></div> })}
        {delivery.map(|day| {
            view! {
                <div>
                    <dt>"Delivery by"</dt>
                    <dd><time datetime=day.to_field()>{day.to_string()}</time></dd>
                </div>
            }
        })}
        {duration.map(|duration| {
            view! { <div><dt>"Expected duration"</dt><dd>{duration.to_string()}</dd></div> }
        })}
    }
}
