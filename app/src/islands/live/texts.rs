//! The texts about a project, the same on the server and in open pages.

use super::part::Part;
use guildhall::{
    bid::Standing,
    live::{Lot, MADE_LIMIT},
    money::Money,
    project::State,
};

/// An amount whose text is longer than this many bytes may break after its commas: `€999,999,999.00` is 17 bytes long.
const UNBROKEN_CHARACTERS: usize = 18;

/// A count of bids in words: `1 bid`, `7 bids`.
#[must_use]
pub fn bids(count: i32) -> String {
    count_text(count.into(), " bid")
}

fn count_text(count: i64, thing: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    [&count.to_string(), thing, s].concat()
}

/// An amount's text. A long one may break after each comma (by a zero-width space), so that no line ends within a group
/// of digits.
#[must_use]
pub fn digits(money: Money) -> String {
    let text = money.to_string();
    if text.len() <= UNBROKEN_CHARACTERS {
        return text;
    }
    text.replace(',', ",\u{200b}")
}

/// The class and the text of the badge for a project's state.
#[must_use]
pub const fn state_badge(state: State) -> (&'static str, &'static str) {
    match state {
        State::Draft => ("badge state-draft", "Draft"),
        State::Open => ("badge state-open", "Open"),
        State::Awarded => ("badge state-awarded", "Awarded"),
        State::Unawarded => ("badge state-unawarded", "Not awarded"),
        State::Cancelled => ("badge state-cancelled", "Cancelled"),
    }
}

const fn standing_badge(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Leading => ("badge state-leading", "Leading"),
        Standing::Outbid => ("badge state-outbid", "Outbid"),
        Standing::Won => ("badge state-won", "Won"),
        Standing::Lost => ("badge state-lost", "Lost"),
        Standing::Withdrawn => ("badge state-withdrawn", "Withdrawn"),
    }
}

/// The class and the text of the badge: on a buyer's dashboard the standing of the bid, elsewhere the project's state.
#[must_use]
pub fn badge(lot: &Lot) -> (&'static str, &'static str) {
    match lot.standing {
        Some(standing) => standing_badge(standing),
        None if lot.state == State::Open && lot.is_closed => ("badge state-unawarded", "Closed"),
        None => state_badge(lot.state),
    }
}

/// The text of a part. A hidden part has none, so that a search in the page does not find it.
pub fn text(part: Part, lot: &Lot) -> String {
    let text = match part {
        Part::Badge => badge(lot).1,
        Part::LowestLabel if lot.state == State::Awarded || has_result(lot) => "Winning bid",
        Part::LowestLabel => "Lowest bid",
        Part::NoBid if lot.state == State::Open => "No bid yet",
        Part::NoBid => "No bid",
        Part::EndsLabel if lot.is_open() => "Bidding ends",
        Part::EndsLabel => "Deadline",
        Part::StandingTitle if lot.leads() => "You’re in the lead",
        Part::StandingTitle => "You’ve been outbid",
        Part::Bids => return bids(lot.bid_count),
        Part::BidCount => return lot.bid_count.to_string(),
        Part::Behind => return behind(lot),
        Part::OwnerNote if lot.bid_count > 0 => {
            " There is a bid, so it can’t be cancelled any more; the lowest bid at the deadline wins."
        }
        Part::OwnerNote => {
            " You can’t edit a project once it’s published. You can cancel it while it has no active bids."
        }
        Part::OutcomeText => return outcome(lot).to_owned(),
        Part::OutcomeEnd if lot.state == State::Awarded => ".",
        Part::ReloadLink if is_awaiting(lot) => "Reload this page",
        Part::ResultLink if has_result_page(lot) => "See the result",
        Part::CancelledTitle if lot.state == State::Cancelled => "This project is cancelled.",
        Part::CancelledStart if lot.state == State::Cancelled => " Its seller withdrew it",
        Part::CancelledEnd if lot.state == State::Cancelled => ", while it had no active bids.",
        Part::BidLower => return lot.to_lead().map_or_else(String::new, bid_to_lead),
        _ => "",
    };
    text.to_owned()
}

/// The class of a part.
pub fn class(part: Part, lot: &Lot) -> &'static str {
    match part {
        Part::Badge => badge(lot).0,
        Part::HeadAmount if lot.state == State::Awarded => "money money-xl money-final",
        Part::HeadAmount => "money money-xl",
        Part::OutcomeAmount => "num",
        Part::RowLowest if lot.standing.is_none() && lot.state == State::Awarded => {
            "money money-final"
        }
        Part::RowOwn if lot.standing == Some(Standing::Won) => "money money-final",
        Part::RowLowest | Part::RowOwn | Part::OwnAmount => "money",
        Part::StandingBox if lot.leads() => "standing",
        Part::StandingBox => "standing standing-outbid",
        Part::OutcomeBox | Part::Forms => "gable-action",
        Part::CancelledBox => "notice notice-info",
        Part::ResultLink => "btn btn-primary btn-wide",
        Part::ReloadLink => "link",
        Part::BidLower => "btn btn-sm btn-primary",
        _ => "",
    }
}

/// True if a part is hidden at the moment.
pub fn is_hidden(part: Part, lot: &Lot) -> bool {
    match part {
        Part::Forms | Part::WhileOpen => !lot.is_open(),
        Part::AfterEnd => !lot.is_final(),
        Part::CancelLink => lot.bid_count > 0,
        Part::StandingBox => lot.is_final() || lot.own_minor.is_none(),
        Part::TimeLeft | Part::Flash => lot.is_final(),
        Part::OutcomeBox => lot.is_open() || lot.state == State::Cancelled,
        Part::CancelledBox => lot.state != State::Cancelled,
        Part::OutcomeAmount => lot.state != State::Awarded,
        Part::ReloadLink => !is_awaiting(lot),
        Part::ResultLink => !has_result_page(lot),
        Part::BidLower => lot.to_lead().is_none(),
        _ => false,
    }
}

/// The URL of a part's link.
pub fn href(part: Part, lot: &Lot) -> String {
    let id = lot.id.to_string();
    if let (Part::BidLower, Some(amount)) = (part, lot.to_lead()) {
        return [
            "/projects/",
            &id,
            "?amount=",
            &amount.to_decimal(),
            "#amount",
        ]
        .concat();
    }
    let end = match part {
        Part::Title if lot.standing != Some(Standing::Withdrawn) && has_result_page(lot) => {
            "/result"
        }
        Part::Title if lot.state == State::Draft => "/edit",
        Part::ResultLink => "/result",
        _ => "",
    };
    ["/projects/", &id, end].concat()
}

/// The amount of a part.
pub fn amount(part: Part, lot: &Lot) -> Option<Money> {
    match part {
        Part::OwnAmount | Part::RowOwn => lot.own(),
        Part::OutcomeAmount if lot.state != State::Awarded => None,
        _ => lot.lowest(),
    }
}

fn has_result(lot: &Lot) -> bool {
    matches!(lot.standing, Some(Standing::Won | Standing::Lost))
}

const fn has_result_page(lot: &Lot) -> bool {
    matches!(lot.state, State::Awarded | State::Unawarded)
}

fn is_awaiting(lot: &Lot) -> bool {
    lot.is_closed && !lot.is_final()
}

/// The text of the link to the bid form with this amount filled in.
fn bid_to_lead(amount: Money) -> String {
    ["Bid ", &amount.to_string(), " to lead"].concat()
}

/// How far the viewer's bid is behind, as text that follows its amount.
fn behind(lot: &Lot) -> String {
    // On a dashboard, the standing says who leads.
    let is_first = match lot.standing {
        Some(standing) => standing != Standing::Outbid,
        None => lot.leads(),
    };
    let (Some(own), Some(lowest), false) = (lot.own(), lot.lowest(), is_first) else {
        return String::new();
    };
    match own.minor() - lowest.minor() {
        0 => ", the same as the lowest, which was accepted first".to_owned(),
        above => {
            let above = Money::from_minor(above, lowest.currency()).to_string();
            [", ", &above, " above the lowest"].concat()
        }
    }
}

/// The auction's outcome, up to the amount that ends the sentence, if any.
fn outcome(lot: &Lot) -> &'static str {
    match lot.state {
        State::Awarded if lot.leads() => "You won this project with your bid of ",
        State::Awarded if lot.own_number.is_some() => "You did not win. The lowest bid won: ",
        State::Awarded if lot.is_owner => "Your project was awarded for ",
        State::Awarded => "The lowest bid won this project: ",
        State::Unawarded => {
            "There were no active bids at the deadline, so nobody won this project."
        }
        _ if is_awaiting(lot) => "The deadline has passed. The result will follow in a moment. ",
        _ => "",
    }
}

/// The announcement of the auction's outcome.
pub fn announcement_of_outcome(lot: &Lot) -> String {
    let amount = amount(Part::OutcomeAmount, lot).map_or_else(String::new, |it| it.to_string());
    [
        outcome(lot),
        &amount,
        &text(Part::OutcomeEnd, lot),
        &text(Part::CancelledTitle, lot),
        &text(Part::CancelledStart, lot),
        &text(Part::CancelledEnd, lot),
    ]
    .concat()
}

/// The announcement of a change of the lead.
pub fn announcement_of_lead(lot: &Lot) -> String {
    let title = text(Part::StandingTitle, lot);
    match lot.lowest().filter(|_| !lot.leads()) {
        Some(lowest) => [&title, ". The lowest bid is now ", &lowest.to_string(), "."].concat(),
        None => [&title, "."].concat(),
    }
}

/// True if a table that shows the state `listed` has to be reloaded.
pub fn is_behind(listed: &Lot, now: &Lot) -> bool {
    newest(listed) < newest(now) || is_other(listed, now) || listed.state != now.state
}

/// True if bids ended between the two states. Undoing may change the lowest bid, but neither the newest nor the count.
fn is_other(listed: &Lot, now: &Lot) -> bool {
    listed.bid_count != now.bid_count
        || newest(listed) == newest(now) && listed.lowest_minor != now.lowest_minor
}

/// The id of the newest bid, or zero.
pub fn newest(lot: &Lot) -> i64 {
    lot.newest_bid.map_or(0, |bid| bid.0)
}

/// The text of the link that shows newer or changed bids; empty if the history is current, or newer than the page's
/// state.
pub fn newer(listed: &Lot, now: &Lot) -> String {
    if newest(listed) >= newest(now) {
        let is_same = newest(listed) > newest(now) || !is_other(listed, now);
        let changed = "Bids have changed: show them";
        return if is_same { "" } else { changed }.to_owned();
    }
    match now.bids_made - listed.bids_made {
        // Bids are counted only up to the limit.
        _ if now.bids_made >= MADE_LIMIT => "Newer bids: show them".to_owned(),
        1 => "1 newer bid: show it".to_owned(),
        more => [&count_text(more, " newer bid"), ": show them"].concat(),
    }
}

/// The text of the link to a dashboard in its new order; empty if the order has not changed.
pub fn moved(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 project has moved: show it".to_owned(),
        _ => [&count.to_string(), " projects have moved: show them"].concat(),
    }
}

#[cfg(test)]
mod tests;
