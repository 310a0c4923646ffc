//! A list of parameters or members: name, type and limits.

use super::Member;
use leptos::prelude::*;

/// The anchor of a group or an object.
pub(super) fn anchor(name: &str) -> String {
    format!("about-{}", name.to_lowercase().replace(' ', "-"))
}

/// A list of members. Empty if there are none.
#[component]
pub(super) fn Members(members: Vec<Member>, #[prop(into)] label: String) -> impl IntoView {
    (!members.is_empty()).then(|| {
        let rows = members.into_iter().map(row).collect_view();
        view! { <dl class="docs-members" aria-label=label>{rows}</dl> }
    })
}

fn row(member: Member) -> impl IntoView {
    let needed = match (&member.location, member.required) {
        (Some(_), true) => Some("required"),
        (None, false) => Some("optional"),
        _ => None,
    };
    let choices = (!member.choices.is_empty()).then(|| {
        let choices = member
            .choices
            .into_iter()
            .map(|choice| view! { <code>{choice}</code> " " })
            .collect_view();
        view! { <p class="docs-choices">"One of " {choices}</p> }
    });
    let limits = [
        member.limits,
        member
            .default
            .map(|default| format!("{default} by default")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    view! {
        <div>
            <dt>
                <code class="docs-name">{member.name}</code>
                " "
                <span class="docs-kind">{kind(member.kind, member.object)}</span>
                {member.location.map(|location| view! { " " <span class="docs-kind">{format!("in the {location}")}</span> })}
                {needed.map(|needed| view! { " " <span class=format!("docs-{needed}")>{needed}</span> })}
            </dt>
            <dd>
                {(!member.description_html.is_empty()).then(|| view! { <div inner_html=member.description_html></div> })}
                {choices}
                {(!limits.is_empty()).then(|| view! { <p class="docs-limits">{limits.join("; ")}</p> })}
            </dd>
        </div>
    }
}

/// The type, with a link if it names an object.
fn kind(kind: String, object: Option<String>) -> impl IntoView {
    match object {
        None => kind.into_any(),
        Some(object) => {
            let before = kind.strip_suffix(&object).unwrap_or_default().to_owned();
            view! { {before} <a class="link" href=format!("#{}", anchor(&object))>{object.clone()}</a> }
                .into_any()
        }
    }
}
