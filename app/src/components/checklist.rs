//! The first steps of a new account, ticked off as they are done.

use super::Icon;
use leptos::prelude::*;

/// A step, and the link that starts it.
#[derive(Debug, Clone)]
pub struct Step {
    pub is_done: bool,
    pub title: &'static str,
    pub text: &'static str,
    /// The path and the label of the link. Shown only at the next step to do.
    pub link: Option<(String, &'static str)>,
}

/// The steps in order. Empty once all are done.
#[component]
pub fn Checklist(title: &'static str, steps: Vec<Step>) -> impl IntoView {
    let next = steps.iter().position(|step| !step.is_done);
    next.map(|next| {
        let done = steps.iter().filter(|step| step.is_done).count();
        let count = format!("{done} of {} done", steps.len());
        let items = steps
            .into_iter()
            .enumerate()
            .map(|(n, step)| item(step, n == next))
            .collect_view();
        view! {
            <section class="panel mb-8" aria-labelledby="first-steps">
                <div class="row row-between">
                    <h2 class="panel-title mb-0" id="first-steps">{title}</h2>
                    <span class="count">{count}</span>
                </div>
                <ol class="checklist">{items}</ol>
            </section>
        }
    })
}

fn item(step: Step, is_next: bool) -> impl IntoView {
    let Step {
        is_done,
        title,
        text,
        link,
    } = step;
    let mark = is_done.then(|| view! { <Icon name="check"/> });
    let done = is_done.then(|| view! { <span class="sr-only">"Done: "</span> });
    let link = link
        .filter(|_| is_next)
        .map(|(href, label)| view! { <a class="btn btn-primary mt-3" href=href>{label}</a> });
    view! {
        <li class=if is_done { "step-done" } else { "step-open" } aria-current=is_next.then_some("step")>
            <span class="step-mark" aria-hidden="true">{mark}</span>
            <div>
                <h3 class="step-title">{done} {title}</h3>
                <p class="small muted">{text}</p>
                {link}
            </div>
        </li>
    }
}
