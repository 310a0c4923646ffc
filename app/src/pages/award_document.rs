//! The award of a project as a document to print: who won, at what price, for what work, and how the winner was
//! determined.

use super::{Page, result::mail_link};
use crate::{
    chrome::use_chrome,
    components::{Icon, Moment, UserText, amount, bids, fulfillment_facts},
};
use guildhall::{
    account::Contact,
    award::{Award, Contacts},
    moment::rfc3339,
    project::Project,
    text::isolated,
};
use leptos::prelude::*;
use time::OffsetDateTime;

#[derive(Debug, Clone)]
pub struct AwardDocument {
    pub project: Project,
    pub award: Award,
    /// The viewer's own contact details, if the viewer is the seller or the winner.
    pub own: Option<Contact>,
    /// Sanitized HTML.
    pub description: String,
}

impl Page for AwardDocument {
    fn title(&self) -> String {
        format!("Award document: {}", isolated(&self.project.name))
    }

    fn description(&self) -> String {
        format!(
            "The award of {} as a document: the price, the work and how the winner was determined.",
            self.project.name
        )
    }

    /// False, because the document only repeats the project and its result.
    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            project,
            award,
            own,
            description,
        } = self;
        let for_parties = own.is_some();
        view! {
            <div class="wrap wrap-form page">
                <p>
                    <a class="back-link" href=format!("/projects/{}/result", project.id)>
                        <Icon name="back"/>
                        "The result"
                    </a>
                </p>
                <p class="hint mt-4" data-screen-only="">"To print it or save it as a PDF, use your browser’s Print command."</p>
                <article class="document mt-4">
                    {head(&project, &award)} {facts(&project, &award, own)}
                    <section aria-labelledby="work">
                        <h2 id="work">"The work"</h2>
                        <p class="lead" dir="auto">{project.summary.clone()}</p>
                        <div class="prose mt-3" dir="auto" inner_html=description></div>
                    </section>
                    {verification(&project, &award)} {for_parties.then(signatures)}
                    <p class="hint">
                        "This document records the result of an open auction. The two parties have to agree on what it does not settle, such as the start and the payment."
                    </p>
                </article>
            </div>
        }
        .into_any()
    }
}

fn head(project: &Project, award: &Award) -> impl IntoView + use<> {
    let number = format!("No. {}-{}", project.id, award.first.bid.0);
    view! {
        <header class="document-head">
            <p class="document-kind"><strong>"Guildhall"</strong> " Award document " <span class="num">{number}</span></p>
            <h1><UserText text=project.name.clone()/></h1>
        </header>
    }
}

fn facts(project: &Project, award: &Award, own: Option<Contact>) -> impl IntoView + use<> {
    let (seller, winner) = match (award.contacts.clone(), own) {
        (Contacts::OfSeller(seller), own) => (Some(seller), own),
        (Contacts::OfWinner(winner), own) => (own, Some(winner)),
        (Contacts::Hidden, _) => (None, None),
    };
    let seller_name = project.seller_name.clone();
    let seller = seller.map_or_else(
        || view! { <UserText text=seller_name/> }.into_any(),
        |seller| person(&seller),
    );
    let number = format!("Bidder {}", award.first.bidder_number);
    let winner = match winner {
        Some(winner) => view! { {person(&winner)} " (" {number} ")" }.into_any(),
        None => number.into_any(),
    };
    view! {
        <dl class="document-facts">
            <div class="document-price">
                <dt>"Price for the whole project"</dt>
                <dd>{amount(award.first.amount, "money money-lg money-final")}</dd>
            </div>
            <div><dt>"Seller (client)"</dt><dd>{seller}</dd></div>
            <div><dt>"Winner (freelancer)"</dt><dd>{winner}</dd></div>
            <div><dt>"Category"</dt><dd>{project.category.label()}</dd></div>
            <div><dt>"Maximum budget"</dt><dd>{amount(project.budget, "num")}</dd></div>
            <div><dt>"Winning bid accepted"</dt><dd>{moment(award.first.accepted_at)}</dd></div>
            <div><dt>"Deadline"</dt><dd>{moment(project.deadline)}</dd></div>
            <div><dt>"Decided"</dt><dd>{moment(award.decided_at)}</dd></div>
            {fulfillment_facts(project.fulfillment.clone())}
            {award.first.note.clone().map(|note| view! { <div><dt>"Note with the bid"</dt><dd class="note-text" dir="auto">{note.into_text()}</dd></div> })}
        </dl>
    }
}

fn person(contact: &Contact) -> AnyView {
    let name = contact.name.clone();
    view! { <UserText text=name/> ", " {mail_link(contact)} }.into_any()
}

/// A time in the visitor's zone, and also in UTC if that is another zone.
fn moment(at: OffsetDateTime) -> impl IntoView {
    let zone = use_chrome().zone.name().to_owned();
    let utc = (zone != "UTC").then(|| view! { <span class="document-utc">{rfc3339(at)}</span> });
    view! { <Moment at exact=true/> " " {zone} {utc} }
}

fn verification(project: &Project, award: &Award) -> impl IntoView + use<> {
    let bid_count_text = bids(project.bid_count);
    let tie = (award.ties > 1).then(|| {
        format!(
            " {} bids had the lowest amount; the one accepted first won.",
            award.ties
        )
    });
    let base = use_chrome().base_url;
    let address = format!("{base}/projects/{}/result", project.id);
    let api = format!("{base}/api/v1/projects/{}/award", project.id);
    view! {
        <section aria-labelledby="verified">
            <h2 id="verified">"How the winner was determined"</h2>
            <p>
                "The lowest active bid at the deadline wins: here the lowest of " {bid_count_text} "." {tie}
            </p>
            <p class="document-seal">
                <Icon name="check"/>
                <span>
                    <strong>"Verified. "</strong>
                    "When this document was created, on " <Moment at=use_chrome().now exact=true/> " "
                    {use_chrome().zone.name().to_owned()}
                    ", the winner was determined again from the stored bids, with the same result. Anybody can check it at "
                    <a class="link break-words" href=address.clone()>{address.clone()}</a>
                    ", and programs can read it at "
                    <a class="link break-words" href=api.clone()>{api.clone()}</a> "."
                </span>
            </p>
        </section>
    }
}

fn signatures() -> impl IntoView {
    let line = |who| view! { <div><p class="document-line"></p><p class="small">{who} ": place, date, signature"</p></div> };
    view! { <div class="document-signatures">{line("Seller")} {line("Winner")}</div> }
}
