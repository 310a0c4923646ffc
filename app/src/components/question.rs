use super::ErrorSummary;
use crate::form::Form;
use leptos::prelude::*;

/// The frame of a page that asks for confirmation before an action: the question, the errors of its form, and in
/// `children` the form, which says exactly what will happen and offers a way back.
#[component]
pub fn Question(
    /// The heading.
    heading: AnyView,
    form: Form,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="wrap wrap-narrow page">
            <header class="page-head">
                <h1 class="break-words">{heading}</h1>
            </header>
            <ErrorSummary form/>
            {children()}
        </div>
    }
}
