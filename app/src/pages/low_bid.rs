use super::Page;
use crate::{
    components::{FormKey, MomentWithUtc, Question, UserText, plain_amount},
    form::Form,
};
use guildhall::{
    bid::{self, Comparison, UnusuallyLow},
    project::Project,
};
use leptos::prelude::*;

/// Asks before an unusually low bid is placed. A plain form, so that nothing needs JavaScript.
#[derive(Debug, Clone)]
pub struct LowBid {
    pub project: Project,
    pub unusual: UnusuallyLow,
    /// The bid form as it was sent; fields `amount` and `note`, posted to /projects/ID/bids.
    pub form: Form,
}

impl Page for LowBid {
    fn title(&self) -> String {
        format!("Bid {}?", self.unusual.amount)
    }

    fn description(&self) -> String {
        "Asks you to confirm an unusually low bid.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            project,
            unusual,
            form,
        } = self;
        let amount = move || plain_amount(unusual.amount);
        let action = format!("/projects/{}/bids", project.id);
        // The server places the bid only if its amount is the confirmed one.
        let (amount_input, note) = (form.value("amount"), form.value("note"));
        let key = form.key();
        let undo_text = if bid::can_be_undone(&project) {
            "You can undo one bid a minute, within 60 seconds of placing it."
        } else {
            "It can't be undone: the deadline is less than five minutes away."
        };
        let heading = view! { "Bid " {amount()} "?" };
        view! {
            <Question heading=heading.into_any() form>
                <form class="panel" method="post" action=action>
                    <FormKey key/>
                    <input type="hidden" name="amount" value=amount_input.clone()/>
                    <input type="hidden" name="confirmed" value=amount_input/>
                    <input type="hidden" name="note" value=note/>
                    <div class="stack">
                        <p>
                            "You bid " <strong>{amount()}</strong> " for the whole project "
                            <strong class="break-words">
                                <UserText text=project.name/>
                            </strong> ". " {comparison(unusual.comparison)}
                        </p>
                        <p>
                            "The lowest bid wins at " <MomentWithUtc at=project.deadline/>
                            ". If that is yours, you are expected to do the work for this price. "
                            {undo_text}
                        </p>
                        <div class="actions">
                            <button class="btn btn-danger" type="submit">
                                "Bid " {amount()} " anyway"
                            </button>
                            // Leads back to the form, with what was typed.
                            <button class="btn btn-ghost" type="submit" name="change" value="yes">
                                "Change my bid"
                            </button>
                        </div>
                    </div>
                </form>
            </Question>
        }
        .into_any()
    }
}

fn comparison(with: Comparison) -> AnyView {
    match with {
        Comparison::Next { lowest, percent } => view! {
            {format!("That is {percent}% below the next lowest bid, ")}
            {plain_amount(lowest)}
            "."
        }
        .into_any(),
        Comparison::Mean { mean, percent } => view! {
            {format!("That is {percent}% below the average of the other bids, ")}
            {plain_amount(mean)}
            "."
        }
        .into_any(),
        Comparison::Budget { budget } => view! {
            "That is less than a tenth of the maximum budget of "
            {plain_amount(budget)}
            "."
        }
        .into_any(),
    }
}
