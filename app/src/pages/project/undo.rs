use crate::{chrome::use_chrome, components::FormKey};
use guildhall::{bid::UndoableBid, project::ProjectId};
use leptos::prelude::*;

/// The button that undoes the buyer's bid, and until when that is possible. It is a plain form, which the style sheet
/// hides once the time has certainly passed.
#[component]
pub(in crate::pages) fn Undo(
    project: ProjectId,
    undoable: UndoableBid,
    form_key: String,
) -> impl IntoView {
    let (now, zone) = (use_chrome().now, use_chrome().zone);
    let class = hidden_after((undoable.until - now).whole_milliseconds());
    let until = zone.exact_clock(undoable.until);
    view! {
        <form class=format!("undo {class}") method="post" action=format!("/projects/{project}/undo")>
            <FormKey key=form_key/>
            <input type="hidden" name="bid" value=undoable.bid.0.to_string()/>
            <button class="btn btn-sm btn-outline" type="submit">
                "Undo"
            </button>
            <span class="small">{format!("A mistake? You can undo this bid until {until}.")}</span>
        </form>
    }
}

/// The class that hides the button after this time, rounded up to ten seconds.
const fn hidden_after(milliseconds: i128) -> &'static str {
    match milliseconds {
        ..=10_000 => "undo-10",
        10_001..=20_000 => "undo-20",
        20_001..=30_000 => "undo-30",
        30_001..=40_000 => "undo-40",
        40_001..=50_000 => "undo-50",
        _ => "undo-60",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_is_hidden_at_most_ten_seconds_late_and_never_early() {
        for (milliseconds, class) in [
            (-5, "undo-10"),
            (10_000, "undo-10"),
            (10_001, "undo-20"),
            (40_001, "undo-50"),
            (60_000, "undo-60"),
        ] {
            assert_eq!(hidden_after(milliseconds), class);
        }
    }
}
