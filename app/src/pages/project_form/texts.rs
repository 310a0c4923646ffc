//! The fields for the project's texts, category and skills.

use crate::{
    components::{Callout, Field, Tone, control_attributes, textarea_html},
    form::Form,
};
use guildhall::project::{Category, LIMITS};
use leptos::prelude::*;

#[component]
pub(super) fn Name(form: Form) -> impl IntoView {
    let (_, most) = LIMITS.name;
    let help = format!("What needs to be done, in one line. At most {most} characters.");
    line("name", "Name", help, most, form)
}

#[component]
pub(super) fn Summary(form: Form) -> impl IntoView {
    let (_, most) = LIMITS.summary;
    let help = format!(
        "One or two sentences under the name on the project’s page. At most {most} characters."
    );
    line("summary", "Summary", help, most, form)
}

fn line(
    name: &'static str,
    label: &'static str,
    help: String,
    most: usize,
    form: Form,
) -> impl IntoView {
    let (described, invalid) = control_attributes(name, true, &form);
    let value = form.value(name);
    view! {
        <Field name label help form>
            <input
                class="input"
                type="text"
                id=name
                name=name
                dir="auto"
                autocomplete="off"
                maxlength=most.to_string()
                aria-describedby=described
                aria-invalid=invalid
                value=value
            />
        </Field>
    }
}

#[component]
pub(super) fn CategoryChoice(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("category", true, &form);
    let chosen = form.value("category");
    let options = Category::ALL
        .into_iter()
        .map(|category| {
            let slug = category.slug();
            view! { <option value=slug selected=slug == chosen>{category.label()}</option> }
        })
        .collect_view();
    view! {
        <Field name="category" label="Category" help="Choose the field of work that fits best." form>
            <select class="select" id="category" name="category" aria-describedby=described aria-invalid=invalid>
                <option value="">"Choose a category"</option>
                {options}
            </select>
        </Field>
    }
}

#[component]
pub(super) fn Skills(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("skills", true, &form);
    let (least, most) = LIMITS.skill;
    let help = format!(
        "Up to {}, separated by commas, each of {least} to {most} characters.",
        LIMITS.skills
    );
    let value = form.value("skills");
    view! {
        <Field name="skills" label="Skills" help optional=true form>
            <input
                class="input"
                type="text"
                id="skills"
                name="skills"
                dir="auto"
                autocomplete="off"
                aria-describedby=described
                aria-invalid=invalid
                value=value
            />
        </Field>
    }
}

#[component]
pub(super) fn Description(
    form: Form,
    action: String,
    preview: Option<String>,
    /// True if the seller has to be asked whether a template replaces the description.
    asks_for_template: bool,
) -> impl IntoView {
    let (described, invalid) = control_attributes("description", true, &form);
    let (_, most) = LIMITS.description;
    let help = format!(
        "Say what you expect, by when, and what you will provide. Markdown works: ## heading, - list, **bold**. At most {} characters.",
        thousands(most)
    );
    // If no category is chosen, show the error at that field.
    let template_anchor = match &*form.value("category") {
        "" => "category",
        _ => "description",
    };
    let text = form.value("description");
    let count = count(&text, most);
    view! {
        <div class="stack">
            <Field name="description" label="Description" help form>
                <textarea
                    class="textarea"
                    id="description"
                    name="description"
                    dir="auto"
                    rows="10"
                    aria-describedby=described
                    aria-invalid=invalid
                    inner_html=textarea_html(&text)
                ></textarea>
                {count}
            </Field>
            <div class="actions">
                <button
                    class="btn btn-sm btn-outline"
                    type="submit"
                    name="intent"
                    value="preview"
                    formaction=format!("{action}#preview")
                >
                    "Preview description"
                </button>
                <button
                    class="btn btn-sm btn-outline"
                    type="submit"
                    name="intent"
                    value="template"
                    formaction=format!("{action}#{template_anchor}")
                >
                    "Insert template"
                </button>
            </div>
            <p class="hint">"The template for the chosen category says what buyers need to know. Fill in the brackets."</p>
            {asks_for_template.then(|| template_question(&action))}
            {preview.map(panel)}
        </div>
    }
}

/// Asks before a template changes a description that was typed.
fn template_question(action: &str) -> impl IntoView + use<> {
    let button = |value: &'static str, label: &'static str| {
        let action = format!("{action}#description");
        view! {
            <button class="btn btn-sm btn-outline" type="submit" name="intent" value=value formaction=action>
                {label}
            </button>
        }
    };
    let below = button("template-after", "Below my text");
    let instead = button("template-only", "Replace my text");
    view! {
        <Callout kind=Tone::Info>
            <p>"You have written a description already. Where should the template go?"</p>
            <div class="actions mt-3">{below} {instead}</div>
        </Callout>
    }
}

fn panel(html: String) -> impl IntoView {
    view! {
        <section class="preview" id="preview" aria-label="Preview of the description">
            <p class="preview-label">"Preview"</p>
            <div class="prose" dir="auto" inner_html=html></div>
        </section>
    }
}

fn count(text: &str, most: usize) -> Option<impl IntoView + use<>> {
    let has = text.trim().replace("\r\n", "\n").chars().count();
    (has > 0).then(|| {
        let text = format!(
            "{} of {} characters when this page was loaded",
            thousands(has),
            thousands(most)
        );
        view! { <p class="field-count">{text}</p> }
    })
}

fn thousands(number: usize) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (whole, rest) => format!("{whole},{rest:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_separated_by_commas() {
        assert_eq!(
            [0, 999, 1_000, 20_000].map(thousands),
            ["0", "999", "1,000", "20,000"]
        );
    }
}
