//! The result of a project, with everything needed to check it.

mod decision;
mod next_steps;
mod ranking;

pub(super) use next_steps::next_steps;

use super::{Page, project::state_badge};
use crate::{
    chrome::use_chrome,
    components::{BidNote, Icon, MomentWithUtc, UserText, amount},
};
use guildhall::{
    account::Contact,
    award::{Award, AwardOutcome, Contacts},
    project::Project,
    text::isolated,
};
use leptos::{either::Either, prelude::*};

#[derive(Debug, Clone)]
pub struct ResultPage {
    pub project: Project,
    pub outcome: AwardOutcome,
}

impl Page for ResultPage {
    fn title(&self) -> String {
        format!("Result: {}", isolated(&self.project.name))
    }

    fn description(&self) -> String {
        format!(
            "How the auction of {} ended: every bid in order, and who won.",
            self.project.name
        )
    }

    fn canonical(&self) -> Option<String> {
        Some(format!("/projects/{}/result", self.project.id))
    }

    fn body(self) -> AnyView {
        let Self { project, outcome } = self;
        let award = match &outcome {
            AwardOutcome::Awarded(award) => awarded(award).into_any(),
            AwardOutcome::Unawarded { .. } => no_award_text(&project).into_any(),
        };
        let steps = match &outcome {
            AwardOutcome::Awarded(award) => next_steps(&project, &award.contacts),
            AwardOutcome::Unawarded { .. } => None,
        };
        view! {
            <div class="wrap page">
                <p>
                    <a class="back-link" href=format!("/projects/{}", project.id)>
                        <Icon name="back"/>
                        "The project"
                    </a>
                </p>
                {head(&project)} {award} {steps}
                <div class="split mt-8">
                    {ranking::ranking(&outcome, project.bid_count)}
                    <decision::Decision project outcome/>
                </div>
            </div>
        }
        .into_any()
    }
}

fn head(project: &Project) -> impl IntoView + use<> {
    view! {
        <header class="page-head mt-4">
            <div class="row">
                {state_badge(project.state())}
                <span class="small muted">"Closed " <MomentWithUtc at=project.deadline/></span>
            </div>
            <p class="eyebrow print-only">"Result of an open auction"</p>
            <h1><UserText text=project.name.clone()/></h1>
            <p class="lead print-only" dir="auto">{project.summary.clone()}</p>
            <p class="muted">"Posted by " <strong><UserText text=project.seller_name.clone()/></strong></p>
        </header>
    }
}

fn awarded(award: &Award) -> impl IntoView + use<> {
    view! {
        <section class="award" aria-labelledby="won">
            <div>
                <h2 class="award-label" id="won">"Winning bid"</h2>
                <p>{amount(award.first.amount, "money money-final award-amount")}</p>
            </div>
            <div>
                <p class="award-label">"Won by"</p>
                {winner(award)}
            </div>
            {award.first.note.clone().map(|note| view! { <div class="mt-3"><BidNote note/></div> })}
        </section>
    }
}

fn winner(award: &Award) -> impl IntoView + use<> {
    let pseudonym = format!("Bidder {}", award.first.bidder_number);
    match &award.contacts {
        Contacts::OfWinner(winner) => view! {
            <p class="award-name"><UserText text=winner.name.clone()/></p>
            <p>{mail_link(winner)}</p>
            <p class="muted">
                {format!("{pseudonym} to everybody else.")}
                {winner.address().is_some().then_some(" Write to them to get started.")}
            </p>
        }
        .into_any(),
        Contacts::OfSeller(seller) => view! {
            <p class="award-name">"You won"</p>
            <p><UserText text=seller.name.clone()/> ", " {mail_link(seller)}</p>
            <p class="muted">"The seller has your name and e-mail address too."</p>
        }
        .into_any(),
        Contacts::Hidden => view! {
            <p class="award-name">{pseudonym}</p>
            <p>"The seller and the winner have each other’s contact details."</p>
        }
        .into_any(),
    }
}

/// A mail link to a person whom the viewer may contact.
pub(super) fn mail_link(contact: &Contact) -> impl IntoView + use<> {
    match contact.address().map(str::to_owned) {
        Some(email) => Either::Left(view! {
            <a class="link" href=format!("mailto:{email}")><UserText text=email.clone()/></a>
        }),
        None => Either::Right("whose account was erased"),
    }
}

fn no_award_text(project: &Project) -> impl IntoView + use<> {
    let for_seller = use_chrome()
        .viewer
        .is_some_and(|viewer| viewer.account == project.seller);
    let (next, href, link_text) = if for_seller {
        (
            " You can post it again, perhaps with a higher budget, a later deadline or a clearer description.",
            format!("/projects/new?from={}", project.id),
            "Post again",
        )
    } else {
        ("", "/projects".to_owned(), "Find open projects")
    };
    view! {
        <section class="award award-plain" aria-labelledby="none">
            <div>
                <h2 class="award-name" id="none">"Nobody won this project"</h2>
                <p class="muted">"There were no active bids at the deadline." {next}</p>
            </div>
            <div class="actions">
                <a class="btn btn-accent" href=href>{link_text}</a>
            </div>
        </section>
    }
}
