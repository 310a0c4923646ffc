//! The API's problems: a table of all kinds, and a page for each, the target of its `type`.

use super::{
    ProblemEntry,
    code::{Code, Language},
};
use crate::{
    components::{Icon, TableRegion},
    pages::Page,
};
use leptos::prelude::*;

/// All kinds of problems.
#[derive(Debug, Clone)]
pub struct ProblemList {
    pub problems: Vec<ProblemEntry>,
}

impl Page for ProblemList {
    fn title(&self) -> String {
        "Problems of the API".to_owned()
    }

    fn description(&self) -> String {
        "Every problem type that the Guildhall API returns, and how to fix it.".to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/api/docs/problems".to_owned())
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap page">
                <a class="back-link" href="/api/docs#problems"><Icon name="back"/>"The API"</a>
                <header class="page-head">
                    <h1>"Problems"</h1>
                    <p class="lead">
                        "The API reports every refusal in the format of RFC 9457. This list is complete; the URLs are permanent."
                    </p>
                </header>
                <ProblemTable problems=self.problems/>
            </div>
        }
        .into_any()
    }
}

#[component]
pub(super) fn ProblemTable(problems: Vec<ProblemEntry>) -> impl IntoView {
    let rows = problems
        .into_iter()
        .map(|problem| {
            view! {
                <tr>
                    <td class="docs-status">{problem.status}</td>
                    <th scope="row"><a class="link" href=format!("/api/docs/problems/{}", problem.slug)>{problem.title}</a></th>
                    <td class="col-wide"><code class="docs-code">{problem.slug}</code></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <TableRegion label="Table of problems">
        <table class="table">
            <thead>
                <tr><th scope="col">"Status"</th><th scope="col">"Problem"</th><th scope="col" class="col-wide">"Last part of the type"</th></tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        </TableRegion>
    }
}

/// One kind of problem.
#[derive(Debug, Clone)]
pub struct ProblemPage {
    pub problem: ProblemEntry,
}

impl Page for ProblemPage {
    fn title(&self) -> String {
        format!("{} – API problem", self.problem.title)
    }

    fn description(&self) -> String {
        format!(
            "{}: when the Guildhall API returns this problem, and how to fix it.",
            self.problem.title
        )
    }

    fn canonical(&self) -> Option<String> {
        Some(format!("/api/docs/problems/{}", self.problem.slug))
    }

    fn body(self) -> AnyView {
        let problem = self.problem;
        let calls = problem
            .calls
            .into_iter()
            .map(|(slug, title)| view! { <li><a class="link" href=format!("/api/docs#{slug}")>{title}</a></li> })
            .collect_view();
        let calls = if calls.is_empty() {
            view! { <p>"Any call can return it."</p> }.into_any()
        } else {
            view! { <ul>{calls}</ul> }.into_any()
        };
        let status = format!("{} {}", problem.status, problem.reason);
        view! {
            <div class="wrap page">
                <a class="back-link" href="/api/docs/problems"><Icon name="back"/>"All problems"</a>
                <header class="page-head">
                    <p class="eyebrow">{status.clone()}</p>
                    <h1>{problem.title}</h1>
                </header>
                <div class="docs-pair docs-pair-wide">
                    <div class="stack stack-lg">
                        <section aria-labelledby="advice">
                            <h2 class="panel-title" id="advice">"What to do"</h2>
                            <div class="prose" inner_html=problem.advice_html></div>
                        </section>
                        <section aria-labelledby="calls">
                            <h2 class="panel-title" id="calls">"Where it happens"</h2>
                            <div class="prose">{calls}</div>
                        </section>
                        <section aria-labelledby="type">
                            <h2 class="panel-title" id="type">"Its type"</h2>
                            <p><code class="docs-code">{problem.address}</code></p>
                        </section>
                    </div>
                    <div class="docs-codes">
                        <Code language=Language::Json caption=format!("A response with {status}") code=problem.example/>
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}
