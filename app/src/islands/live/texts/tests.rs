use super::*;
use guildhall::{bid::BidId, live::Figures, money::Currency, project::ProjectId};

/// An open project whose lowest bid is Bidder 1's; the viewer is Bidder 2.
const OPEN: Lot = Lot {
    own_number: Some(2),
    own_minor: Some(90_000),
    ..Lot::public(&Figures {
        project: ProjectId(7),
        state: State::Open,
        bid_count: 2,
        lowest_minor: Some(85_050),
        currency: Currency::Eur,
        leader: Some(1),
        winner: None,
        made: 4,
        newest: Some(BidId(4)),
    })
};

const LEADING: Lot = Lot {
    leader: Some(2),
    ..OPEN
};

const CLOSED: Lot = Lot {
    is_closed: true,
    ..OPEN
};

#[test]
fn a_bid_shows_how_far_it_is_behind_the_lowest() {
    assert_eq!(text(Part::Behind, &OPEN), ", €49.50 above the lowest");
    let same = Lot {
        lowest_minor: Some(90_000),
        ..OPEN
    };
    assert_eq!(
        text(Part::Behind, &same),
        ", the same as the lowest, which was accepted first"
    );
    assert_eq!(text(Part::Behind, &LEADING), "");
}

#[test]
fn losing_the_lead_is_announced_with_the_bid_to_beat() {
    assert_eq!(
        announcement_of_lead(&OPEN),
        "You’ve been outbid. The lowest bid is now €850.50."
    );
    assert_eq!(announcement_of_lead(&LEADING), "You’re in the lead.");
}

/// The lowest bid was undone, and its buyer's earlier one is active again.
const UNDONE: Lot = Lot {
    lowest_minor: Some(99_000),
    ..OPEN
};

#[test]
fn newer_bids_are_counted_up_to_the_limit() {
    let made = |made| Lot {
        bids_made: made,
        newest_bid: Some(BidId(made)),
        ..OPEN
    };
    assert_eq!(newer(&OPEN, &OPEN), "");
    assert_eq!(newer(&OPEN, &made(5)), "1 newer bid: show it");
    assert_eq!(newer(&OPEN, &made(7)), "3 newer bids: show them");
    assert_eq!(
        newer(&made(150), &made(MADE_LIMIT)),
        "Newer bids: show them"
    );
    let withdrawn = Lot {
        bid_count: 1,
        ..OPEN
    };
    assert_eq!(newer(&OPEN, &withdrawn), "Bids have changed: show them");
    assert_eq!(newer(&OPEN, &UNDONE), "Bids have changed: show them");
    assert_eq!(
        newer(&made(5), &OPEN),
        "",
        "the live state lags behind the page"
    );
}

#[test]
fn a_table_is_reloaded_after_every_change_that_it_would_show() {
    assert!(!is_behind(&OPEN, &OPEN));
    let lower = Lot {
        newest_bid: Some(BidId(5)),
        ..OPEN
    };
    let withdrawn = Lot {
        bid_count: 1,
        ..OPEN
    };
    let awarded = Lot {
        state: State::Awarded,
        ..OPEN
    };
    for now in [lower, withdrawn, awarded, UNDONE] {
        assert!(is_behind(&OPEN, &now));
    }
    let none = Lot {
        newest_bid: None,
        ..OPEN
    };
    assert!(is_behind(&none, &OPEN), "a first bid");
    assert!(!is_behind(&lower, &OPEN));
}

#[test]
fn the_outcome_is_worded_for_each_kind_of_visitor() {
    let outcome = |state, own_number, is_owner| {
        announcement_of_outcome(&Lot {
            state,
            winner: Some(2),
            own_number,
            is_owner,
            ..OPEN
        })
    };
    assert_eq!(outcome(State::Open, Some(2), false), "");
    assert_eq!(
        outcome(State::Awarded, Some(2), false),
        "You won this project with your bid of €850.50."
    );
    assert_eq!(
        outcome(State::Awarded, Some(1), false),
        "You did not win. The lowest bid won: €850.50."
    );
    assert_eq!(
        outcome(State::Awarded, None, true),
        "Your project was awarded for €850.50."
    );
    assert_eq!(
        outcome(State::Awarded, None, false),
        "The lowest bid won this project: €850.50."
    );
    assert_eq!(
        outcome(State::Unawarded, None, true),
        "There were no active bids at the deadline, so nobody won this project."
    );
    assert_eq!(
        outcome(State::Cancelled, None, false),
        "This project is cancelled. Its seller withdrew it, while it had no active bids."
    );
}

#[test]
fn hidden_parts_have_no_text() {
    let parts = [
        Part::OutcomeText,
        Part::OutcomeEnd,
        Part::ReloadLink,
        Part::ResultLink,
        Part::CancelledTitle,
        Part::CancelledStart,
        Part::CancelledEnd,
        Part::BidLower,
    ];
    assert!(parts.iter().all(|part| text(*part, &OPEN).is_empty()));
    assert!(is_hidden(Part::OutcomeBox, &OPEN) && is_hidden(Part::CancelledBox, &OPEN));
}

#[test]
fn the_forms_disappear_at_the_deadline_and_the_rest_with_the_result() {
    assert!(!is_hidden(Part::Forms, &OPEN));
    assert!(is_hidden(Part::Forms, &CLOSED) && is_hidden(Part::WhileOpen, &CLOSED));
    assert!(!is_hidden(Part::StandingBox, &CLOSED) && !is_hidden(Part::OutcomeBox, &CLOSED));
    assert_eq!(text(Part::Badge, &CLOSED), "Closed");
    assert_eq!(text(Part::EndsLabel, &CLOSED), "Deadline");
    assert_eq!(text(Part::ReloadLink, &CLOSED), "Reload this page");
    let awarded = Lot {
        state: State::Awarded,
        ..CLOSED
    };
    assert!(is_hidden(Part::StandingBox, &awarded) && is_hidden(Part::TimeLeft, &awarded));
    assert_eq!(text(Part::ReloadLink, &awarded), "");
    assert_eq!(text(Part::ResultLink, &awarded), "See the result");
}

#[test]
fn a_dashboard_row_suggests_a_bid_only_to_an_outbid_bidder() {
    let row = |standing| Lot {
        standing: Some(standing),
        own_number: None,
        ..OPEN
    };
    assert_eq!(text(Part::BidLower, &row(Standing::Leading)), "");
    assert_eq!(text(Part::Behind, &row(Standing::Leading)), "");
    assert_eq!(text(Part::Behind, &row(Standing::Withdrawn)), "");
    let outbid = row(Standing::Outbid);
    assert_eq!(text(Part::BidLower, &outbid), "Bid €850.49 to lead");
    assert_eq!(
        href(Part::BidLower, &outbid),
        "/projects/7?amount=850.49#amount"
    );
    assert_eq!(text(Part::Behind, &outbid), ", €49.50 above the lowest");
    let closed = Lot {
        is_closed: true,
        ..row(Standing::Outbid)
    };
    assert!(is_hidden(Part::BidLower, &closed));
    assert_eq!(href(Part::Title, &closed), "/projects/7");
    let won = Lot {
        state: State::Awarded,
        ..row(Standing::Won)
    };
    assert_eq!(href(Part::Title, &won), "/projects/7/result");
    assert_eq!(class(Part::RowOwn, &won), "money money-final");
}
