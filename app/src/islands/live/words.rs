//! What is said of an auction, by the server and by open pages alike.

#[cfg(any(feature = "hydrate", test))]
use guildhall::live::{Figures, MADE_LIMIT};
use guildhall::{money::Money, project::State};

/// A count of bids in words: `1 bid`, `7 bids`.
#[must_use]
pub fn bids(count: i32) -> String {
    if count == 1 {
        "1 bid".to_owned()
    } else {
        format!("{count} bids")
    }
}

/// What the lowest amount is called.
#[must_use]
pub const fn label_of_lowest(state: State) -> &'static str {
    match state {
        State::Awarded => "Winning bid",
        _ => "Lowest bid",
    }
}

/// What the deadline is called.
#[must_use]
pub const fn label_of_end(takes_bids: bool) -> &'static str {
    if takes_bids {
        "Bidding ends"
    } else {
        "Deadline"
    }
}

#[must_use]
pub const fn standing_title(leads: bool) -> &'static str {
    if leads { "You lead" } else { "You are outbid" }
}

/// How far one's own bid is behind, to follow its amount.
#[must_use]
pub fn behind(own: Money, lowest: Option<Money>, leads: bool) -> String {
    let Some(lowest) = lowest.filter(|_| !leads) else {
        return String::new();
    };
    match own.minor() - lowest.minor() {
        0 => ", the same as the lowest, which was accepted first".to_owned(),
        above => {
            let above = Money::from_minor(above, lowest.currency());
            format!(", {above} above the lowest")
        }
    }
}

/// What it takes to lead.
#[must_use]
pub fn to_lead(lowest: Option<Money>, leads: bool) -> String {
    match lowest {
        None => "No bid stands yet: any bid leads.".to_owned(),
        Some(_) if leads => "Yours is the lowest.".to_owned(),
        Some(lowest) => format!("Bid less than {lowest} to lead."),
    }
}

/// What is said aloud when the lead changes.
#[cfg(any(feature = "hydrate", test))]
pub fn said_of_lead(lowest: Option<Money>, leads: bool) -> String {
    let title = standing_title(leads);
    match lowest.filter(|_| !leads) {
        Some(lowest) => format!("{title}. The lowest bid is now {lowest}."),
        None => format!("{title}."),
    }
}

/// What the history misses, as the words of the link that shows it.
#[cfg(any(feature = "hydrate", test))]
pub fn newer(listed: i64, made: i64, has_newer: bool) -> String {
    match made - listed {
        _ if !has_newer => "Bids have changed: show them".to_owned(),
        // Past the limit nobody counts.
        _ if made >= MADE_LIMIT => "Newer bids: show them".to_owned(),
        1 => "1 newer bid: show it".to_owned(),
        more => format!("{more} newer bids: show them"),
    }
}

/// Which form the part below the figures has: the name of its template, or nothing where it stays as it is.
#[cfg(any(feature = "hydrate", test))]
pub fn action(
    figures: &Figures,
    own_number: Option<i32>,
    owns: bool,
    is_closed: bool,
) -> Option<&'static str> {
    Some(match figures.state {
        State::Awarded if own_number.is_none() => "awarded",
        State::Awarded if own_number == figures.winner => "won",
        State::Awarded => "lost",
        State::Unawarded => "unawarded",
        State::Cancelled => "cancelled",
        State::Draft | State::Open if is_closed => "closed",
        State::Draft | State::Open if owns && figures.bid_count > 0 => "bids",
        State::Draft | State::Open if owns => "no-bids",
        State::Draft | State::Open => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::{money::Currency, project::ProjectId};

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Eur)
    }

    #[test]
    fn a_bid_is_so_far_behind_the_lowest() {
        assert_eq!(behind(eur(90_000), Some(eur(90_000)), true), "");
        assert_eq!(
            behind(eur(90_000), Some(eur(85_050)), false),
            ", €49.50 above the lowest"
        );
        assert_eq!(
            behind(eur(90_000), Some(eur(90_000)), false),
            ", the same as the lowest, which was accepted first"
        );
    }

    #[test]
    fn only_a_lower_bid_leads() {
        assert_eq!(to_lead(None, false), "No bid stands yet: any bid leads.");
        assert_eq!(
            to_lead(Some(eur(85_050)), false),
            "Bid less than €850.50 to lead."
        );
        assert_eq!(to_lead(Some(eur(85_050)), true), "Yours is the lowest.");
    }

    #[test]
    fn the_lead_is_said_with_what_it_takes_to_have_it_again() {
        assert_eq!(said_of_lead(Some(eur(1)), true), "You lead.");
        assert_eq!(
            said_of_lead(Some(eur(85_050)), false),
            "You are outbid. The lowest bid is now €850.50."
        );
    }

    #[test]
    fn newer_bids_are_counted_as_far_as_anybody_counts() {
        assert_eq!(newer(4, 5, true), "1 newer bid: show it");
        assert_eq!(newer(4, 7, true), "3 newer bids: show them");
        assert_eq!(newer(150, 200, true), "Newer bids: show them");
        assert_eq!(newer(4, 4, false), "Bids have changed: show them");
    }

    #[test]
    fn every_visitor_has_its_own_end_of_the_auction() {
        let mut figures = Figures {
            project: ProjectId(7),
            state: State::Open,
            bid_count: 2,
            lowest_minor: Some(1),
            currency: Currency::Eur,
            leader: Some(2),
            winner: None,
            made: 2,
            newest: None,
        };
        assert_eq!(action(&figures, None, false, false), None);
        assert_eq!(action(&figures, None, true, false), Some("bids"));
        assert_eq!(action(&figures, Some(2), false, true), Some("closed"));
        figures.bid_count = 0;
        assert_eq!(action(&figures, None, true, false), Some("no-bids"));
        figures.state = State::Awarded;
        figures.winner = Some(2);
        assert_eq!(action(&figures, Some(2), false, true), Some("won"));
        assert_eq!(action(&figures, Some(1), false, true), Some("lost"));
        assert_eq!(action(&figures, None, false, true), Some("awarded"));
        figures.state = State::Unawarded;
        assert_eq!(action(&figures, None, true, true), Some("unawarded"));
    }
}
