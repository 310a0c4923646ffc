use guildhall::bid::Note;
use leptos::prelude::*;

/// A bid's note. Only the project's seller and the bid's buyer may see it.
#[component]
pub fn BidNote(note: Note) -> impl IntoView {
    view! {
        <p class="note-label">"Note with the bid"</p>
        <p class="note-text" dir="auto">{note.into_text()}</p>
    }
}
