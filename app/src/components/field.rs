//! Form fields in GOV.UK's pattern: a label, help, the error at the field, and a focused summary of all errors.

use super::{Callout, Icon, Tone};
use crate::{
    chrome::{Chrome, use_chrome},
    form::Form,
    links::discard_saved_form,
};
use leptos::prelude::*;

/// A label, a help text and the field's error around a control. The control's `id` and `name` must be the field's name,
/// and its `aria-describedby` and `aria-invalid` come from [`control_attributes`].
#[component]
pub fn Field(
    /// The field's name; also its id.
    name: &'static str,
    #[prop(into)] label: String,
    /// Shown under the label.
    #[prop(optional, into)]
    help: Option<String>,
    #[prop(optional)] optional: bool,
    form: Form,
    children: Children,
) -> impl IntoView {
    let class = if form.error(name).is_some() {
        "field field-invalid"
    } else {
        "field"
    };
    view! {
        <div class=class>
            <label class="field-label" for=name>
                {label}
                {optional.then(|| view! { <span class="muted">" (optional)"</span> })}
            </label>
            {help.map(|help| view! { <p class="field-help" id=format!("{name}-help")>{help}</p> })}
            {field_error(name, &form)}
            {children()}
        </div>
    }
}

/// A field's error as [`Field`] shows it, for controls that share a label. Empty if there is no error.
pub fn field_error(name: &str, form: &Form) -> impl IntoView + use<> {
    let id = format!("{name}-error");
    form.error(name).map(|error| {
        view! {
            <p class="field-error" id=id>
                <Icon name="alert"/>
                <span><span class="sr-only">"Error: "</span>{error}</span>
            </p>
        }
    })
}

/// A one-line field. It keeps what was typed, except for passwords.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] help: Option<String>,
    /// The `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    autocomplete: &'static str,
    form: Form,
) -> impl IntoView {
    let (described, invalid) = control_attributes(name, help.is_some(), &form);
    let value = (kind != "password").then(|| form.value(name));
    let input = move || {
        view! {
            <input
                class="input"
                type=kind
                id=name
                name=name
                dir=(kind == "text").then_some("auto")
                value=value
                autocomplete=autocomplete
                aria-describedby=described
                aria-invalid=invalid
            />
        }
        .into_any()
    };
    Field(FieldProps {
        name,
        label: label.to_owned(),
        help,
        optional: false,
        form,
        children: Box::new(input),
    })
}

/// The control's `aria-describedby` and `aria-invalid`.
#[must_use]
pub fn control_attributes(
    name: &str,
    has_help: bool,
    form: &Form,
) -> (Option<String>, Option<&'static str>) {
    let error = form.error(name).is_some();
    let described = match (has_help, error) {
        (true, true) => Some(format!("{name}-help {name}-error")),
        (true, false) => Some(format!("{name}-help")),
        (false, true) => Some(format!("{name}-error")),
        (false, false) => None,
    };
    (described, error.then_some("true"))
}

/// The notice that a form has been restored, the refusal of the form as a whole, and a summary of all field errors with
/// links to the fields. Each is shown only if it applies.
#[component]
pub fn ErrorSummary(form: Form) -> impl IntoView {
    let refusal = form
        .refusal()
        .map(str::to_owned)
        .map(|error_text| view! { <Callout kind=Tone::Error>{error_text}</Callout> });
    let summary = (!form.errors().is_empty()).then(|| {
        let links = form
            .errors()
            .iter()
            .map(|error| {
                let error_text = format!("{}: {}", field_label(&error.field), error.message());
                view! { <li><a href=format!("#{}", error.field)>{error_text}</a></li> }
            })
            .collect_view();
        view! {
            // `autofocus` moves the focus here without JavaScript; HTML allows it on any focusable element.
            <div class="error-summary" role="alert" tabindex="-1" autofocus=true aria-labelledby="error-summary-title">
                <h2 id="error-summary-title">"There is a problem"</h2>
                <ul>{links}</ul>
            </div>
        }
    });
    let restored = form.is_restored().then(|| {
        view! {
            <Callout kind=Tone::Info>
                "This form was not processed when you sent it. Your text is below: check it and send it again. "
                <a class="link" href=discard_saved_form(&use_chrome().back)>"Discard it"</a>
            </Callout>
        }
    });
    view! {
        {restored}
        {refusal}
        {summary}
    }
}

/// A field's label outside its form, for example in the error summary: `new_password` becomes "New password".
pub fn field_label(field: &str) -> String {
    match field {
        "email" => "E-mail".to_owned(),
        "q" => "Search".to_owned(),
        "deadline" => "Bidding ends".to_owned(),
        "role" => "What brings you here?".to_owned(),
        "scopes" => "What it may do".to_owned(),
        "frequency" => "Tell me of new projects".to_owned(),
        "days" => "Valid for".to_owned(),
        "present_password" => "Current password".to_owned(),
        "redirect_uris" => "Redirect addresses".to_owned(),
        "user_code" => "Code".to_owned(),
        "format" => "What is sent".to_owned(),
        "url" => "Address".to_owned(),
        "price_from" | "price_to" => "Winning bid".to_owned(),
        "bids_from" | "bids_to" => "Number of bids".to_owned(),
        "work_place" => "Where".to_owned(),
        "site" => "Town or area".to_owned(),
        "duration" => "Expected duration".to_owned(),
        "duration_unit" => "Unit of the duration".to_owned(),
        "ended_from" | "ended_to" => "Deadline".to_owned(),
        other => {
            let mut label = other.replace('_', " ");
            if let Some(first) = label.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            label
        }
    }
}

/// Hidden fields of a form: its key, so that a double submission has one effect, and, if the visitor is signed in, the
/// account and the page, so that a form sent after the session ended can be restored.
#[component]
pub fn FormKey(#[prop(into)] key: String) -> impl IntoView {
    let Chrome { viewer, back, .. } = use_chrome();
    let sender = viewer.map(|viewer| {
        view! {
            <input type="hidden" name="form_of" value=viewer.account.0.to_string()/>
            <input type="hidden" name="form_page" value=back/>
        }
    });
    view! {
        <input type="hidden" name="form_key" value=key/>
        {sender}
    }
}

/// Tells password managers whose password the form asks for. It is neither shown nor sent.
#[component]
pub fn Username(#[prop(into)] email: String) -> impl IntoView {
    view! { <input type="email" autocomplete="username" value=email readonly hidden/> }
}

/// The contents of a text area as HTML. It begins with a line break, which HTML drops, because Leptos would put a space
/// into an empty text area.
#[must_use]
pub fn textarea_html(text: &str) -> String {
    format!("\n{}", html_escape::encode_text(text))
}

#[cfg(test)]
mod tests {
    use super::textarea_html;

    #[test]
    fn text_cannot_break_out_of_its_text_area() {
        assert_eq!(
            textarea_html("a</textarea>&lt;"),
            "\na&lt;/textarea&gt;&amp;lt;"
        );
    }
}
