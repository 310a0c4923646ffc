//! The API's documentation: a guide, and, generated from the OpenAPI document, every call and a page for each kind of
//! problem.

mod call;
mod code;
mod guide;
mod member;
mod model;
mod problems;

pub use model::{
    Access, ApiCall, CallResponse, DocumentedRefusal, Group, Member, Object, ProblemEntry,
    Reference,
};
pub use problems::{ProblemList, ProblemPage};

use super::Page;
use call::CallPart;
use guide::{Authentication, Everywhere, QuickStart, SearchWords};
use leptos::prelude::*;
use member::{Members, anchor};
use problems::ProblemTable;
use std::sync::Arc;

/// The API's reference.
#[derive(Debug, Clone)]
pub struct ApiDocs {
    pub reference: Arc<Reference>,
}

impl Page for ApiDocs {
    fn title(&self) -> String {
        "API".to_owned()
    }

    fn description(&self) -> String {
        "The REST API of Guildhall: every call with its fields, responses and examples, and how programs sign in."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/api/docs".to_owned())
    }

    fn body(self) -> AnyView {
        let Reference {
            base_url,
            scopes,
            groups,
            objects,
            problems,
        } = Reference::clone(&self.reference);
        let parts = groups
            .iter()
            .map(|group| view! { <GroupPart group=group.clone()/> })
            .collect_view();
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"The Guildhall API"</h1>
                    <p class="lead">
                        "Post projects, bid and follow what happens from a program of your own: plain HTTP, JSON in and out."
                    </p>
                    <p class="row small">
                        <span>"Base address "<code class="docs-code">{format!("{base_url}/api/v1")}</code></span>
                        <a class="link" href="/api/v1/openapi.json">"OpenAPI 3.1 document"</a>
                    </p>
                </header>
                <div class="docs">
                    <Contents groups/>
                    <div class="docs-main">
                        <QuickStart reference=self.reference/>
                        <SearchWords/>
                        <Authentication base_url scopes/>
                        <Everywhere/>
                        {parts}
                        <Objects objects/>
                        <section class="docs-section" aria-labelledby="problems">
                            <div class="section-head"><h2 id="problems">"Problems"</h2></div>
                            <div class="prose">
                                <p>
                                    "Every refusal is a problem (RFC 9457), sent as "<code>"application/problem+json"</code>
                                    ". Its "<code>"type"</code>" is a permanent URL of a page that says what to do. Base decisions on the "
                                    <code>"type"</code>"; the text in "<code>"detail"</code>" is for people and may change."
                                </p>
                            </div>
                            <ProblemTable problems/>
                        </section>
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}

/// The sections before and after the calls: anchor and title.
const BEFORE: [(&str, &str); 4] = [
    ("quick-start", "Quick start"),
    ("words", "Seller and buyer"),
    ("authentication", "Authentication"),
    ("everywhere", "Rules for every call"),
];
const AFTER: [(&str, &str); 2] = [("objects", "Objects"), ("problems", "Problems")];

/// The table of contents: next to the page if there is room, otherwise above it and collapsed.
#[component]
fn Contents(groups: Vec<Group>) -> impl IntoView {
    let plain = |(slug, title): (&'static str, &'static str)| {
        view! { <li><a href=format!("#{slug}")>{title}</a></li> }
    };
    let calls = groups
        .into_iter()
        .map(|group| {
            let calls = group
                .calls
                .into_iter()
                .map(|call| view! { <li><a href=format!("#{}", call.slug)>{call.title}</a></li> })
                .collect_view();
            view! {
                <li>
                    <a href=format!("#{}", anchor(&group.name))>{group.name.clone()}</a>
                    <ul>{calls}</ul>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="docs-contents" aria-label="On this page">
            <details class="filters-fold">
                <summary>"On this page"</summary>
                <ul class="docs-contents-list">
                    {BEFORE.map(plain).collect_view()}
                    {calls}
                    {AFTER.map(plain).collect_view()}
                </ul>
            </details>
        </nav>
    }
}

#[component]
fn GroupPart(group: Group) -> impl IntoView {
    let slug = anchor(&group.name);
    let calls = group
        .calls
        .into_iter()
        .map(|call| view! { <CallPart call/> })
        .collect_view();
    view! {
        <section class="docs-section" aria-labelledby=slug.clone()>
            <div class="section-head">
                <h2 id=slug.clone()>{group.name}</h2>
                <div class="muted" inner_html=group.description_html></div>
            </div>
            {calls}
        </section>
    }
}

#[component]
fn Objects(objects: Vec<Object>) -> impl IntoView {
    let objects = objects
        .into_iter()
        .map(|object| {
            let slug = anchor(&object.name);
            view! {
                <article class="docs-call" aria-labelledby=slug.clone()>
                    <h3 id=slug.clone()>{object.name.clone()}</h3>
                    <div class="docs-pair">
                        <div class="stack">
                            <div class="docs-words" inner_html=object.description_html></div>
                            <Members members=object.members label=format!("Members of {}", object.name)/>
                        </div>
                        {object
                            .example
                            .map(|example| {
                                view! {
                                    <div class="docs-codes">
                                        <code::Code language=code::Language::Json caption=object.name.clone() code=example/>
                                    </div>
                                }
                            })}
                    </div>
                </article>
            }
        })
        .collect_view();
    view! {
        <section class="docs-section" aria-labelledby="objects">
            <div class="section-head">
                <h2 id="objects">"Objects"</h2>
                <p class="muted">"The objects that responses contain. New members may be added; ignore those you don't know."</p>
            </div>
            {objects}
        </section>
    }
}
