use super::Query;
use leptos::{either::Either, prelude::*};

/// Links to the first and last page and those around this one. Empty if there is only one page.
#[component]
pub(super) fn Pagination(query: Query, page: i64, pages: i64) -> impl IntoView {
    (pages > 1).then(|| {
        let items = places(page, pages)
            .into_iter()
            .map(|place| match place {
                Some(number) => Either::Left(view! {
                    <a
                        href=query.url(number)
                        aria-label=format!("Page {number}")
                        aria-current=(number == page).then_some("page")
                    >
                        {number}
                    </a>
                }),
                None => Either::Right(view! { <span class="pagination-gap">"…"</span> }),
            })
            .collect_view();
        view! {
            <nav class="pagination" aria-label="Pages">
                {(page > 1).then(|| view! { <a href=query.url(page - 1) rel="prev">"Previous"</a> })}
                {items}
                {(page < pages).then(|| view! { <a href=query.url(page + 1) rel="next">"Next"</a> })}
            </nav>
        }
    })
}

/// The linked pages in order, with `None` for each gap.
fn places(page: i64, pages: i64) -> Vec<Option<i64>> {
    let is_linked = |number: i64| number == 1 || number == pages || (number - page).abs() <= 1;
    let mut places = Vec::new();
    for number in 1..=pages {
        // A gap of one page shows that page, which takes no more room.
        let is_one_page_gap =
            (number == 1 || is_linked(number - 1)) && (number == pages || is_linked(number + 1));
        if is_linked(number) || is_one_page_gap {
            places.push(Some(number));
        } else if places.last().is_some_and(Option::is_some) {
            places.push(None);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn a_short_list_links_every_page() {
        assert_eq!(places(1, 3), [Some(1), Some(2), Some(3)]);
        assert_eq!(places(1, 4), [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn a_long_list_omits_distant_pages() {
        assert_eq!(
            places(7, 13),
            [Some(1), None, Some(6), Some(7), Some(8), None, Some(13)]
        );
        assert_eq!(places(1, 13), [Some(1), Some(2), None, Some(13)]);
        assert_eq!(places(13, 13), [Some(1), None, Some(12), Some(13)]);
    }

    #[test]
    fn a_gap_of_one_page_shows_that_page() {
        assert_eq!(
            places(4, 13),
            [Some(1), Some(2), Some(3), Some(4), Some(5), None, Some(13)]
        );
    }
}
