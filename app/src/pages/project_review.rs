use super::{
    Page,
    project::{description_section, facts, head, skills},
};
use crate::{
    chrome::use_chrome,
    components::{Callout, FormKey, Tone, amount, time_left},
    form::Form,
    islands::{Write, WriteForm},
};
use guildhall::{
    moment::{Zone, datetime},
    project::{ProjectId, Publication, Terms, open_gaps},
    text::isolated,
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// Fields that the page's form sets itself, so they are not copied.
const OWN_FIELDS: [&str; 4] = ["form_key", "form_of", "form_page", "intent"];

/// A project as buyers will see it, before it is published.
#[derive(Debug, Clone)]
pub struct ProjectReview {
    /// The draft that would be published; `None` for a new project.
    pub draft: Option<ProjectId>,
    pub publication: Publication,
    /// Sanitized HTML.
    pub description: String,
    /// What was typed, and the key of the form it was typed into. Hidden fields submit both again.
    pub form: Form,
}

impl Page for ProjectReview {
    fn title(&self) -> String {
        format!("Review: {}", isolated(&self.publication.name))
    }

    fn description(&self) -> String {
        "Your project as buyers will see it, before you publish it.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            draft,
            publication,
            description,
            form,
        } = self;
        let gaps = open_gaps(&[&publication.name, &publication.description]);
        let gaps = (!gaps.is_empty()).then(|| gaps_view(&gaps));
        let Publication {
            name,
            summary,
            category,
            skills: named,
            terms,
            fulfillment,
            ..
        } = publication;
        let above = view! {
            <span class="badge state-draft">"Not published yet"</span>
            <span class="small">{category.label()}</span>
        };
        let seller = use_chrome().viewer.map(|viewer| viewer.name);
        view! {
            <div class="wrap page">
                <div class="stack">
                    <Callout kind=Tone::Info>
                        "This is how buyers will see your project. It is not published yet."
                    </Callout>
                    {gaps}
                </div>
                <div class="split mt-4">
                    {head(above, name, summary, seller.unwrap_or_default())}
                    <aside class="split-aside" aria-label="Publish">
                        <div class="gable">
                            <div class="gable-head">
                                <p class="gable-label">"Maximum budget"</p>
                                <p>{amount(terms.budget, "money money-xl")}</p>
                            </div>
                            <div class="gable-body">
                                <EndOfBidding terms zone=form.value("time_zone")/>
                                <p>
                                    "You can't edit a project once it's published. You can cancel it while it has no active bids."
                                </p>
                                <Publish draft form/>
                            </div>
                        </div>
                    </aside>
                    <div class="split-main stack stack-lg">
                        {facts(fulfillment)} {description_section(description)} {skills(named)}
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}

/// Names the first gaps of the template that the seller has not filled in.
fn gaps_view(gaps: &[&'static str]) -> impl IntoView + use<> {
    const MAX_NAMED: usize = 3;
    let named = gaps.iter().take(MAX_NAMED).map(|gap| format!("“{gap}”"));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = if gaps.len() > MAX_NAMED {
        " and more"
    } else {
        ""
    };
    view! {
        <Callout kind=Tone::Warning>
            {format!("Parts of the template are still to be filled in: {named}{more}. Buyers would see them as they are, and you can't change them later.")}
        </Callout>
    }
}

/// The deadline in the zone it was typed in and in UTC, and how far ahead it is.
#[component]
fn EndOfBidding(
    terms: Terms,
    /// The name of the zone.
    zone: String,
) -> impl IntoView {
    let Terms { deadline, .. } = terms;
    let zone = Zone::by_name(&zone).unwrap_or_default();
    let in_utc = (zone.name() != Zone::utc().name()).then(|| {
        view! { <p>{Zone::utc().long(deadline)}</p> }
    });
    view! {
        <div>
            <h2 class="panel-title">"Bidding ends"</h2>
            <p>
                <time datetime=datetime(deadline)>{zone.long(deadline)}</time>
                {(zone.name() != Zone::utc().name()).then(|| format!(" ({})", zone.name()))}
            </p>
            {in_utc}
            <p class="muted">{time_until(deadline)}</p>
        </div>
    }
}

fn time_until(deadline: OffsetDateTime) -> String {
    let seconds = (deadline - use_chrome().now).whole_seconds();
    format!("{} from now", time_left(seconds))
}

/// The form with the buttons to publish and to go back to editing.
#[component]
fn Publish(draft: Option<ProjectId>, form: Form) -> impl IntoView {
    let typed = form
        .values()
        .iter()
        .filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str()));
    let carried = typed
        .cloned()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <WriteForm write=Write::Project(draft)>
            <FormKey key=form.key()/>
            {carried}
            <div class="stack">
                <button class="btn btn-primary btn-wide" type="submit" name="intent" value="publish">
                    "Publish now"
                </button>
                <button class="btn btn-outline btn-wide" type="submit" name="intent" value="edit">
                    "Back to editing"
                </button>
            </div>
        </WriteForm>
    }
}
