//! Fields as GOV.UK's pattern has them: a label, a help, the error at the field, and a summary of all that takes the focus.

use super::{Icon, Notice, NoticeKind};
use crate::form::Form;
use leptos::prelude::*;

/// A label, a help text and the field's error around a control. The control's `id` and `name` are the field's name, and its
/// `aria-describedby` and `aria-invalid` come from [`control_attributes`].
#[component]
pub fn Field(
    /// The field's name; also its id.
    name: &'static str,
    #[prop(into)] label: String,
    /// Said under the label.
    #[prop(optional, into)]
    help: Option<String>,
    #[prop(optional)] optional: bool,
    form: Form,
    children: Children,
) -> impl IntoView {
    let error = form.error(name);
    let class = if error.is_some() { "field field-invalid" } else { "field" };
    view! {
        <div class=class>
            <label class="field-label" for=name>
                {label}
                {optional.then(|| view! { <span class="muted">" (optional)"</span> })}
            </label>
            {help.map(|help| view! { <p class="field-help" id=format!("{name}-help")>{help}</p> })}
            {error
                .map(|error| {
                    view! {
                        <p class="field-error" id=format!("{name}-error")>
                            <Icon name="alert"/>
                            <span>
                                <span class="sr-only">"Error: "</span>
                                {error.to_string()}
                            </span>
                        </p>
                    }
                })}
            {children()}
        </div>
    }
}

/// `aria-describedby` and `aria-invalid` of the field's control.
#[must_use]
pub fn control_attributes(name: &str, has_help: bool, form: &Form) -> (Option<String>, Option<&'static str>) {
    let error = form.error(name).is_some();
    let described = match (has_help, error) {
        (true, true) => Some(format!("{name}-help {name}-error")),
        (true, false) => Some(format!("{name}-help")),
        (false, true) => Some(format!("{name}-error")),
        (false, false) => None,
    };
    (described, error.then_some("true"))
}

/// All that is wrong, with links to the fields. Shows nothing for a form that was not refused.
#[component]
pub fn ErrorSummary(form: Form) -> impl IntoView {
    let refusal = form.refusal().map(|words| view! { <Notice kind=NoticeKind::Error>{words.to_owned()}</Notice> });
    let summary = (!form.errors().is_empty()).then(|| {
        let links = form
            .errors()
            .iter()
            .map(|error| view! { <li><a href=format!("#{}", error.field)>{error.problem.to_string()}</a></li> })
            .collect_view();
        view! {
            // `autofocus` moves the focus here without JavaScript; HTML allows it on whatever can be focused.
            <div class="error-summary" role="alert" tabindex="-1" autofocus=true aria-labelledby="error-summary-title">
                <h2 id="error-summary-title">"There is a problem"</h2>
                <ul>{links}</ul>
            </div>
        }
    });
    view! {
        {refusal}
        {summary}
    }
}

/// The form's key: one sent twice has one effect.
#[component]
pub fn FormKey(form: Form) -> impl IntoView {
    view! { <input type="hidden" name="form_key" value=form.key()/> }
}
