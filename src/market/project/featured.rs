//! Selects open projects for a page with little room.

use super::Summary;

/// Selects `most` of these projects, which are ordered by deadline, and keeps their order. Projects with bids are
/// preferred because they show how an auction works and invite lower bids; others fill the remaining places.
#[must_use]
pub fn featured(closing: Vec<Summary>, most: usize) -> Vec<Summary> {
    let with_bids = closing.iter().filter(|&project| has_bid(project)).count();
    let mut room = most.saturating_sub(with_bids);
    let mut is_chosen = |project: &Summary| {
        if has_bid(project) {
            return true;
        }
        let fits = room > 0;
        room = room.saturating_sub(1);
        fits
    };
    closing
        .into_iter()
        .filter(|project| is_chosen(project))
        .take(most)
        .collect()
}

const fn has_bid(project: &Summary) -> bool {
    project.bid_count > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        money::{Currency, Money},
        project::{Category, Fulfillment, ProjectId},
    };
    use proptest::prelude::*;
    use time::{Duration, OffsetDateTime};

    /// Projects ordered by deadline, each with this many bids.
    fn closing(bid_counts: &[i32]) -> Vec<Summary> {
        (1..)
            .zip(bid_counts)
            .map(|(id, &bid_count)| Summary {
                id: ProjectId(id),
                seller_name: "Sam".to_owned(),
                name: "Lettering".to_owned(),
                summary: String::new(),
                category: Category::ALL[0],
                skills: Vec::new(),
                budget: Money::from_minor(100_000, Currency::Eur),
                lowest: None,
                bid_count,
                deadline: OffsetDateTime::UNIX_EPOCH + Duration::hours(id),
                published_at: OffsetDateTime::UNIX_EPOCH,
                fulfillment: Fulfillment::default(),
            })
            .collect()
    }

    fn ids(projects: &[Summary]) -> Vec<i64> {
        projects.iter().map(|project| project.id.0).collect()
    }

    #[test]
    fn projects_with_bids_are_preferred_and_others_fill_the_remaining_places() {
        let featured = |bid_counts: &[i32]| ids(&featured(closing(bid_counts), 3));
        assert_eq!(featured(&[0, 0, 0, 0]), [1, 2, 3]);
        assert_eq!(featured(&[0, 0, 0, 5]), [1, 2, 4]);
        assert_eq!(featured(&[0, 1, 0, 5, 1, 9]), [2, 4, 5]);
        assert_eq!(featured(&[0, 1]), [1, 2]);
        assert!(featured(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn a_project_left_out_has_no_bids_or_closes_later(
            bid_counts in proptest::collection::vec(0..3_i32, 0..80),
            most in 0_usize..20,
        ) {
            let all = closing(&bid_counts);
            let shown = ids(&featured(all.clone(), most));
            prop_assert_eq!(shown.len(), most.min(all.len()));
            prop_assert!(shown.is_sorted());
            let bids = |id: &i64| bid_counts[usize::try_from(*id).unwrap() - 1];
            let is_worse = |left_out: &i64, shown: &i64| {
                (bids(left_out) == 0 && bids(shown) > 0)
                    || ((bids(left_out) > 0) == (bids(shown) > 0) && left_out > shown)
            };
            for id in ids(&all).iter().filter(|id| !shown.contains(id)) {
                prop_assert!(shown.iter().all(|other| is_worse(id, other)), "{} is left out of {:?}", id, shown);
            }
        }
    }
}
