//! The parts of a page that follow a project. Each is one element whose text, class and visibility come from `texts`;
//! every further kind of view would be more code for browsers to load.

use super::{
    Live, history, page,
    texts::{self, amount, class, digits, href, is_hidden, text},
};
use crate::islands::{
    announcer::announce,
    ready::ready,
    signals::{self, Reactive},
};
use guildhall::{live::Lot, money::Money, project::ProjectId};
use leptos::{
    either::{EitherOf3, EitherOf8},
    html,
    prelude::*,
};
use serde::{Deserialize, Serialize};

/// A part of a page that follows a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub enum Part {
    /// The whole page, which contains all other parts.
    Page,
    /// Shows whether the page is current.
    Connection,
    Badge,
    LowestLabel,
    NoBid,
    Bids,
    BidCount,
    EndsLabel,
    /// The lowest amount at the top of the project's page.
    HeadAmount,
    TimeLeft,
    /// What the visitor can do now, and the auction's outcome.
    Action,
    /// What the visitor can do while the project takes bids.
    Forms,
    OwnerNote,
    CancelLink,
    StandingBox,
    StandingTitle,
    OwnAmount,
    Behind,
    /// What makes sense only while the project takes bids.
    WhileOpen,
    OutcomeBox,
    OutcomeText,
    OutcomeAmount,
    OutcomeEnd,
    ReloadLink,
    ResultLink,
    CancelledBox,
    CancelledTitle,
    CancelledStart,
    CancelledEnd,
    History,
    /// The name of a project on a dashboard.
    Title,
    BidLower,
    RowOwn,
    RowLowest,
    /// A link to the dashboard in its new order.
    Moved,
    /// What has just succeeded.
    Flash,
    /// What makes sense only once the auction has its result or is cancelled.
    AfterEnd,
    /// What the seller and the winner do next, as HTML that comes with the history.
    NextSteps,
}

impl Part {
    /// In the order of declaration: a page refers to a part by its number.
    const ALL: [Self; 38] = [
        Self::Page,
        Self::Connection,
        Self::Badge,
        Self::LowestLabel,
        Self::NoBid,
        Self::Bids,
        Self::BidCount,
        Self::EndsLabel,
        Self::HeadAmount,
        Self::TimeLeft,
        Self::Action,
        Self::Forms,
        Self::OwnerNote,
        Self::CancelLink,
        Self::StandingBox,
        Self::StandingTitle,
        Self::OwnAmount,
        Self::Behind,
        Self::WhileOpen,
        Self::OutcomeBox,
        Self::OutcomeText,
        Self::OutcomeAmount,
        Self::OutcomeEnd,
        Self::ReloadLink,
        Self::ResultLink,
        Self::CancelledBox,
        Self::CancelledTitle,
        Self::CancelledStart,
        Self::CancelledEnd,
        Self::History,
        Self::Title,
        Self::BidLower,
        Self::RowOwn,
        Self::RowLowest,
        Self::Moved,
        Self::Flash,
        Self::AfterEnd,
        Self::NextSteps,
    ];
}

impl From<Part> for u8 {
    fn from(part: Part) -> Self {
        part as Self
    }
}

impl TryFrom<u8> for Part {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        let part = Self::ALL.get(usize::from(number));
        part.copied().ok_or("unknown part")
    }
}

/// The current state. Use this instead of `lot.get()`, because each place that reads the signal adds code to the WASM.
pub fn now(lot: RwSignal<Lot>) -> Lot {
    lot.get()
}

fn text_of(part: Part, lot: RwSignal<Lot>) -> Reactive<String> {
    signals::text(move || text(part, &now(lot)))
}

fn class_of(part: Part, lot: RwSignal<Lot>) -> Reactive<Option<&'static str>> {
    signals::one_of(move || class(part, &now(lot)))
}

fn href_of(part: Part, lot: RwSignal<Lot>) -> Reactive<String> {
    signals::text(move || href(part, &now(lot)))
}

fn hidden_of(part: Part, lot: RwSignal<Lot>) -> Reactive<Option<&'static str>> {
    signals::flag(move || is_hidden(part, &now(lot)))
}

/// The view of a part that follows one project. Not `AnyView`, which would add unused rendering code.
pub fn view_of(
    part: Part,
    live: &Live<Lot>,
    project: ProjectId,
    name: String,
    children: Children,
) -> impl IntoView + use<> {
    let (lot, next_steps) = (live.of(project), live.next_steps);
    match part {
        Part::HeadAmount
        | Part::OwnAmount
        | Part::OutcomeAmount
        | Part::RowOwn
        | Part::RowLowest => EitherOf8::A(amount_view(part, lot, children)),
        Part::Forms
        | Part::CancelLink
        | Part::StandingBox
        | Part::WhileOpen
        | Part::OutcomeBox
        | Part::CancelledBox
        | Part::TimeLeft
        | Part::Flash
        | Part::AfterEnd => EitherOf8::B(box_view(part, lot, children)),
        Part::ReloadLink | Part::ResultLink | Part::BidLower => EitherOf8::C(link_view(part, lot)),
        Part::Title => EitherOf8::D(title_view(lot, name, children)),
        Part::Action => EitherOf8::E(action_view(lot, children)),
        Part::History => EitherOf8::F(history::view(lot, next_steps, children)),
        Part::NextSteps => EitherOf8::H(next_steps_view(next_steps)),
        _ => EitherOf8::G(text_view(part, lot)),
    }
}

fn text_view(part: Part, lot: RwSignal<Lot>) -> impl IntoView {
    view! { <span class=class_of(part, lot) data-ready=ready()>{text_of(part, lot)}</span> }
}

fn box_view(part: Part, lot: RwSignal<Lot>, children: Children) -> impl IntoView {
    view! {
        <div class=class_of(part, lot) hidden=hidden_of(part, lot) data-ready=ready()>
            {children()}
        </div>
    }
}

/// The HTML is the server's own: the same panel as on a page that is loaded after the end.
fn next_steps_view(html: RwSignal<String>) -> impl IntoView {
    view! { <div data-ready=ready() inner_html=signals::text(move || html.get())></div> }
}

fn link_view(part: Part, lot: RwSignal<Lot>) -> impl IntoView {
    view! {
        <a
            class=class_of(part, lot)
            href=href_of(part, lot)
            hidden=hidden_of(part, lot)
            data-ready=ready()
        >
            {text_of(part, lot)}
        </a>
    }
}

/// An amount, or `children` if there is none. It is highlighted when it changes.
fn amount_view(part: Part, lot: RwSignal<Lot>, children: Children) -> impl IntoView {
    let amount = move || amount(part, &now(lot));
    let changes = RwSignal::new(0_usize);
    let mut before = amount();
    signals::effect(move || {
        let now = amount();
        if std::mem::replace(&mut before, now) != now {
            changes.set(changes.get_untracked() + 1);
        }
    });
    // An animation restarts only under another name.
    let changed = signals::one_of(move || match changes.get() {
        0 => "",
        n if n % 2 == 1 => "live-changed",
        _ => "live-changed-again",
    });
    view! {
        <span class=changed data-ready=ready()>
            <data
                class=class_of(part, lot)
                value=signals::text(move || amount().map(Money::to_decimal).unwrap_or_default())
                hidden=signals::flag(move || amount().is_none())
            >
                {signals::text(move || amount().map(digits).unwrap_or_default())}
            </data>
            <span hidden=signals::flag(move || amount().is_some())>{children()}</span>
        </span>
    }
}

/// A project's name, linked to the page that suits its current state. A change of state is announced.
fn title_view(lot: RwSignal<Lot>, name: String, children: Children) -> impl IntoView {
    let mut before = lot.get_untracked().part();
    signals::effect(move || {
        let now = now(lot);
        if std::mem::replace(&mut before, now.part()) != now.part() {
            announce(&[&name, ": ", texts::badge(&now).1, "."].concat());
        }
    });
    view! {
        <a href=href_of(Part::Title, lot) data-ready=ready()>
            {children()}
        </a>
    }
}

/// What the visitor can do now. If it disappears while it has the focus, the focus moves to its container.
fn action_view(lot: RwSignal<Lot>, children: Children) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let mut before = lot.get_untracked();
    signals::effect(move || {
        let now = now(lot);
        let before = std::mem::replace(&mut before, now);
        if before.is_open() && !now.is_open() {
            keep_focus(place);
        }
        if !before.is_final() && now.is_final() {
            announce(texts::announcement_of_outcome(&now).trim());
        } else if now.own_minor.is_some() && now.is_open() && before.leads() != now.leads() {
            announce(&texts::announcement_of_lead(&now));
        }
    });
    view! {
        <div
            node_ref=place
            class="gable-action"
            data-live="action"
            tabindex="-1"
            data-ready=ready()
        >
            {children()}
        </div>
    }
}

#[cfg(not(feature = "hydrate"))]
const fn keep_focus(_: NodeRef<html::Div>) {}

#[cfg(feature = "hydrate")]
fn keep_focus(place: NodeRef<html::Div>) {
    if let Some(place) = place.get_untracked()
        && let Some(active) = document().active_element()
        && place.contains(Some(&active))
    {
        let _ = place.focus();
    }
}

/// The view of a part that is about the whole page.
pub fn whole(
    part: Part,
    live: Live<Lot>,
    terms: Option<page::LiveTerms>,
    name: String,
    children: Children,
) -> impl IntoView {
    match (part, terms) {
        (Part::Page, Some(terms)) => EitherOf3::A(page::page_view(&live, terms, children)),
        (Part::Moved, _) => EitherOf3::B(page::moved_view(live, name)),
        _ => EitherOf3::C(page::connection_view(&live)),
    }
}
