use crate::{chrome::use_chrome, components::FormKey};
use guildhall::{bid::Undoable, project::ProjectId};
use leptos::prelude::*;

/// The button that undoes the buyer's bid, and how long it can be. A plain form, which the style sheet hides once the
/// time is over for certain.
#[component]
pub(super) fn Undo(project: ProjectId, undoable: Undoable, form_key: String) -> impl IntoView {
    let left = seconds_left((undoable.until - use_chrome().now).whole_milliseconds());
    view! {
        <form class="undo" method="post" action=format!("/projects/{project}/undo")>
            <FormKey key=form_key/>
            <input type="hidden" name="bid" value=undoable.bid.0.to_string()/>
            <button class="btn btn-sm btn-outline" type="submit">
                "Undo"
            </button>
            <span class="small">{format!("A mistake? You can undo this bid for {left}.")}</span>
        </form>
    }
}

/// The time in words, rounded up: `1 more second`, `42 more seconds`.
fn seconds_left(milliseconds: i128) -> String {
    match (milliseconds + 999) / 1_000 {
        ..=1 => "1 more second".to_owned(),
        seconds => format!("{seconds} more seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_rounded_up_and_never_none() {
        for (milliseconds, text) in [
            (-5, "1 more second"),
            (0, "1 more second"),
            (1_000, "1 more second"),
            (1_001, "2 more seconds"),
            (60_000, "60 more seconds"),
        ] {
            assert_eq!(seconds_left(milliseconds), text);
        }
    }
}
