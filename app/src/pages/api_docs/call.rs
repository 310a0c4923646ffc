//! One call: what it does, who may call it, what to send, what it returns, and the curl command.

use super::{
    Access, ApiCall, CallResponse, DocumentedRefusal,
    code::{Code, Language},
    member::{Members, anchor},
};
use leptos::prelude::*;

#[component]
pub(super) fn CallPart(call: ApiCall) -> impl IntoView {
    let slug = call.slug.clone();
    let method_class = format!("docs-method docs-method-{}", call.method.to_lowercase());
    let response_heading = format!("Response {}", call.response.status);
    let example = call.response.example.clone();
    view! {
        <article class="docs-call" aria-labelledby=slug.clone()>
            <h3 id=slug.clone()>{call.title.clone()}</h3>
            <p class="docs-path">
                <span class=method_class>{call.method}</span>
                " "
                <code>{breakable(&call.path)}</code>
            </p>
            <div class="docs-pair">
                <div class="stack">
                    <div class="docs-words" inner_html=call.description_html></div>
                    <AccessLine access=call.access/>
                    {part("Parameters", view! { <Members members=call.parameters.clone() label="Parameters"/> }, call.parameters.is_empty())}
                    <Headers headers=call.headers/>
                    {part("Body", view! { <Members members=call.body.clone() label="Body"/> }, call.body.is_empty())}
                    <ResponsePart response=call.response/>
                    <Refusals refusals=call.refusals/>
                </div>
                <div class="docs-codes">
                    <Code language=Language::Shell caption="Request" label=format!("{}: request", call.title) code=call.curl/>
                    <Code language=Language::Json caption=response_heading label=format!("{}: response", call.title) code=example/>
                </div>
            </div>
        </article>
    }
}

/// Lets the path break after each slash.
fn breakable(path: &str) -> impl IntoView + use<> {
    path.split_inclusive('/')
        .map(|part| view! { {part.to_owned()} <wbr/> })
        .collect_view()
}

fn part(title: &'static str, content: impl IntoView, is_empty: bool) -> impl IntoView {
    (!is_empty).then(|| view! { <div><h4>{title}</h4>{content}</div> })
}

#[component]
fn AccessLine(access: Access) -> impl IntoView {
    match access {
        Access::Everybody { more_with: None } => {
            view! { <p class="docs-access">"No token needed."</p> }.into_any()
        }
        Access::Everybody { more_with: Some(scope) } => view! {
            <p class="docs-access">"No token needed; one with "<code>{scope}</code>" also shows what only you may see."</p>
        }
        .into_any(),
        Access::Scope(scope) => view! {
            <p class="docs-access">"Needs a token with "<code>{scope}</code>"."</p>
        }
        .into_any(),
    }
}

#[component]
fn Headers(headers: Vec<String>) -> impl IntoView {
    (!headers.is_empty()).then(|| {
        let names = headers
            .into_iter()
            .map(|name| view! { <code class="docs-code">{name}</code> })
            .collect_view();
        view! { <p class="small">"It also accepts the header " {names} ": see the "<a class="link" href="#everywhere">"rules for every call"</a>"."</p> }
    })
}

#[component]
fn ResponsePart(response: CallResponse) -> impl IntoView {
    let headers = response
        .headers
        .into_iter()
        .map(|(name, text)| view! { <div><dt><code class="docs-name">{name}</code> " " <span class="docs-kind">"header"</span></dt><dd><p>{text}</p></dd></div> })
        .collect_view();
    view! {
        <div>
            <h4>"Response " <span class="docs-status">{response.status}</span></h4>
            <div class="docs-words" inner_html=response.description_html></div>
            {response
                .object
                .map(|object| {
                    view! { <p class="small">"It is a "<a class="link" href=format!("#{}", anchor(&object))>{object.clone()}</a>"."</p> }
                })}
            <Members members=response.members label="Members of the response"/>
            <dl class="docs-members">{headers}</dl>
        </div>
    }
}

#[component]
fn Refusals(refusals: Vec<DocumentedRefusal>) -> impl IntoView {
    let rows = refusals
        .into_iter()
        .map(|refusal| {
            let problems = refusal
                .problems
                .into_iter()
                .map(|(slug, title)| {
                    view! { <li><a class="link" href=format!("/api/docs/problems/{slug}")>{title}</a></li> }
                })
                .collect_view();
            view! { <div><dt class="docs-status">{refusal.status}</dt><dd><ul>{problems}</ul></dd></div> }
        })
        .collect_view();
    view! {
        <details class="docs-refusals">
            <summary>"Possible errors"</summary>
            <dl>{rows}</dl>
        </details>
    }
}
