use guildhall::bid::Note;
use leptos::prelude::*;

/// A note to a bid, for the project's seller or the bid's buyer. Nobody else gets to see one.
#[component]
pub fn BidNote(note: Note) -> impl IntoView {
    view! {
        <p class="note-label">"Note with the bid"</p>
        <p class="note-text" dir="auto">{note.into_text()}</p>
    }
}
