use crate::components::{Moment, UserText};
use guildhall::webhook::Attempt;
use leptos::prelude::*;

/// The results of the last attempts, the newest first.
#[component]
pub(super) fn Log(
    /// The path of the webhook's page.
    path: String,
    attempts: Vec<Attempt>,
    /// True if messages can be sent again.
    posts: bool,
) -> impl IntoView {
    let is_empty = attempts.is_empty();
    let items = attempts
        .into_iter()
        .map(|attempt| item(&path, attempt, posts));
    let items = items.collect_view();
    view! {
        <section class="panel" aria-labelledby="log-title">
            <h2 class="panel-title" id="log-title">"Log"</h2>
            <p class="hint">"The last 100 attempts of 30 days."</p>
            {is_empty.then(|| view! { <p class="mt-3">"Nothing has been sent yet."</p> })}
            {(!is_empty).then(|| view! { <ol class="mt-3">{items}</ol> })}
        </section>
    }
}

fn item(path: &str, attempt: Attempt, posts: bool) -> impl IntoView + use<> {
    let action = format!("{path}/replay");
    let outcome = match (&attempt.error, attempt.status) {
        (None, Some(status)) => format!("Accepted ({status})"),
        (None, None) => "Accepted".to_owned(),
        (Some(error), _) => error.clone(),
    };
    let which = format!(", {}, try {}", attempt.title, attempt.number);
    let again = posts.then(|| {
        view! {
            <form method="post" action=action>
                <input type="hidden" name="attempt" value=attempt.id.0.to_string()/>
                <button class="btn btn-sm btn-outline" type="submit">"Send again" <span class="sr-only">{which}</span></button>
            </form>
        }
    });
    let answer = (!attempt.answer.trim().is_empty()).then(|| {
        view! { <p class="small break-words">"Answer: " <UserText text=attempt.answer/></p> }
    });
    view! {
        <li class="token">
            <div class="token-head">
                <h3 class="token-name">{attempt.title}</h3>
                {again}
            </div>
            <p class="break-words">{outcome}</p>
            {answer}
            <p class="small muted break-words">
                <Moment at=attempt.tried_at/>
                {format!(", try {}, {} ms, id {}", attempt.number, attempt.took_ms, attempt.message)}
            </p>
        </li>
    }
}
