//! The form for a project: a new one, or a draft.

mod autosave_notice;
mod deadline;
mod fulfillment;
mod texts;

pub(super) use autosave_notice::{name_of, path_to, unfinished_notice};

use super::Page;
use crate::{
    chrome::use_chrome,
    components::{
        Callout, ErrorSummary, Field, FormKey, Tone, UserText, control_attributes, millis,
    },
    form::Form,
    islands::{self, BudgetEcho, DeadlinePicker, Write, WriteForm},
};
use guildhall::{
    autosave::{Autosave, UnfinishedForm},
    money::Currency,
    project::{DraftVersion, Project, ProjectId},
};
use leptos::prelude::*;

/// The page that posts a project or edits a draft.
#[derive(Debug, Clone, Default)]
pub struct ProjectForm {
    /// The draft being edited; `None` for a new project.
    pub draft: Option<ProjectId>,
    /// Fields `name`, `summary`, `description`, `category`, `skills`, `budget`, `currency`, `deadline`,
    /// `deadline_shown`, `deadline_hour`, `time_zone`, `work_place`, `site`, `delivery_date`, `duration`,
    /// `duration_unit` and `window`, and the button `intent`: `review`, `draft`, `draft-anyway`, `preview`, or one that
    /// inserts a template.
    pub form: Form,
    /// Sanitized HTML of the description, after `preview`.
    pub preview: Option<String>,
    /// The autosave that `form` shows.
    pub restored: Option<Autosave>,
    /// Other autosaves, of new projects or of the draft.
    pub unfinished: Vec<UnfinishedForm>,
    /// The newer version of the draft, if another window has saved one since this form was filled.
    pub newer: Option<DraftVersion>,
    /// The ended project that `form` is filled from.
    pub posted_before: Option<Project>,
    /// True if the seller asked for a template but has typed a description, and must choose whether to keep it.
    pub asks_for_template: bool,
}

impl ProjectForm {
    const fn heading(&self) -> &'static str {
        if self.draft.is_some() {
            "Edit draft"
        } else {
            "Post a project"
        }
    }
}

impl Page for ProjectForm {
    fn title(&self) -> String {
        let prefix = self.form.title_prefix();
        format!("{prefix}{}", self.heading())
    }

    fn description(&self) -> String {
        "Describe your project: the work, your highest price and the deadline for bids.".to_owned()
    }

    fn body(self) -> AnyView {
        let heading = self.heading();
        let write = Write::Project(self.draft);
        let Self {
            draft,
            form,
            preview,
            restored,
            unfinished,
            newer,
            posted_before,
            asks_for_template,
        } = self;
        let newer = draft
            .zip(newer)
            .map(|(draft, version)| autosave_notice::newer_version_notice(draft, version));
        let description = view! { <texts::Description form=form.clone() action=write.path() preview asks_for_template/> };
        let repeated_moments = deadline::repeated_moments(&form);
        let hour = form.value("deadline_hour");
        let deadline = view! { <deadline::Deadline form=form.clone()/> };
        let discard = draft.map(discard);
        view! {
            <div class="wrap wrap-form page">
                <ErrorSummary form=form.clone()/>
                {restored.map(autosave_notice::restored_notice)}
                {posted_before.map(|before| filled_from(&before))}
                {(!unfinished.is_empty()).then(|| unfinished_notice(unfinished))}
                <header class="page-head">
                    <h1>{heading}</h1>
                    <p class="lead">
                        "Be exact about what you need. A clear project gets more bids and fewer questions."
                    </p>
                </header>
                <WriteForm write class="form".to_owned()>
                    // Pressing Enter in a field submits the form with its first button.
                    <button type="submit" name="intent" value="draft" hidden>"Save draft"</button>
                    <FormKey key=form.key()/>
                    <input type="hidden" name="window" value=form.value("window")/>
                    {newer}
                    <texts::Name form=form.clone()/>
                    <texts::Summary form=form.clone()/>
                    <texts::CategoryChoice form=form.clone()/>
                    <texts::Skills form=form.clone()/>
                    {description}
                    <Price form=form.clone()/>
                    <fieldset class="form-section">
                        <legend>"Deadline"</legend>
                        <DeadlinePicker now_ms=millis(use_chrome().now) doubled=repeated_moments hour>
                            {deadline}
                        </DeadlinePicker>
                    </fieldset>
                    <fulfillment::Fulfillment form=form.clone()/>
                    <Intents/>
                </WriteForm>
                {discard}
            </div>
        }
        .into_any()
    }
}

#[component]
fn Price(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("budget", true, &form);
    let value = form.value("budget");
    let currency = form.value("currency").parse().unwrap_or_default();
    let echoed = islands::echo(&value, currency);
    view! {
        <fieldset class="form-section">
            <legend>"Price"</legend>
            <BudgetEcho echoed>
                <div class="field-row">
                    <Field
                        name="budget"
                        label="Budget"
                        help="The most you will pay for the whole project. Nobody can bid above it. For example, 1650 or 1650.50."
                        form=form.clone()
                    >
                        <input
                            class="input input-money"
                            type="text"
                            id="budget"
                            name="budget"
                            inputmode="decimal"
                            autocomplete="transaction-amount"
                            aria-describedby=described
                            aria-invalid=invalid
                            value=value
                        />
                    </Field>
                    <CurrencyChoice form/>
                </div>
            </BudgetEcho>
        </fieldset>
    }
}

#[component]
fn CurrencyChoice(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("currency", true, &form);
    let chosen = form.value("currency");
    let options = Currency::ALL
        .into_iter()
        .map(|currency| {
            let code = currency.code();
            view! {
                <option value=code selected=code == chosen>
                    {format!("{code}, {}", currency_name(currency))}
                </option>
            }
        })
        .collect_view();
    view! {
        <Field name="currency" label="Currency" help="All bids are in this currency." form>
            <select
                class="select input-tall"
                id="currency"
                name="currency"
                aria-describedby=described
                aria-invalid=invalid
            >
                {options}
            </select>
        </Field>
    }
}

const fn currency_name(currency: Currency) -> &'static str {
    match currency {
        Currency::Eur => "euro",
        Currency::Usd => "US dollar",
        Currency::Gbp => "pound sterling",
        Currency::Chf => "Swiss franc",
    }
}

#[component]
fn Intents() -> impl IntoView {
    view! {
        <div class="form-section">
            <p class="hint">
                "Before you publish, you can review the whole project as buyers will see it. A draft needs only a name, but anything else you enter must be valid. Only you can see your drafts."
            </p>
            <div class="actions">
                <button class="btn btn-primary" type="submit" name="intent" value="review">
                    "Review and publish"
                </button>
                <button class="btn btn-outline" type="submit" name="intent" value="draft">
                    "Save draft"
                </button>
            </div>
        </div>
    }
}

/// Says which project the form is filled from.
fn filled_from(before: &Project) -> impl IntoView + use<> {
    let (path, name) = (format!("/projects/{}", before.id), before.name.clone());
    view! {
        <Callout kind=Tone::Info>
            "This form is filled in from "
            <a class="link break-words" href=path><UserText text=name/></a>
            ", with a new deadline. Change what is different this time, and then publish it or save it as a draft."
        </Callout>
    }
}

fn discard(draft: ProjectId) -> impl IntoView {
    view! {
        <p class="mt-8">
            <a class="btn btn-danger" href=format!("/projects/{draft}/discard")>"Discard draft"</a>
        </p>
    }
}
