//! What remains of a price after a fee, other costs and tax.

use super::Page;
use crate::{
    components::{ErrorSummary, Field, control_attributes},
    form::Form,
    islands::{self, Calculator as CalculatorIsland},
};
use guildhall::money::Currency;
use leptos::prelude::*;

/// The calculator. Fields `amount`, `currency`, `costs`, `fee` and `tax`.
#[derive(Debug, Clone)]
pub struct Calculator {
    pub form: Form,
}

impl Page for Calculator {
    fn title(&self) -> String {
        let error = if self.form.is_refused() {
            "Error: "
        } else {
            ""
        };
        format!("{error}What remains of a price")
    }

    fn description(&self) -> String {
        "Calculate what remains of a price after a fee, other costs and tax.".to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/calculator".to_owned())
    }

    fn body(self) -> AnyView {
        let form = self.form;
        let parts = islands::parts(|name| form.value(name));
        let fields = fields(&form);
        view! {
            <div class="wrap wrap-form page">
                <ErrorSummary form=form.clone()/>
                <header class="page-head">
                    <h1>"What remains of a price"</h1>
                    <p class="lead">
                        "For buyers (freelancers): what you keep after a fee, your costs and tax."
                    </p>
                </header>
                <div class="stack stack-lg">
                    <CalculatorIsland parts>{fields}</CalculatorIsland>
                    <p class="hint">
                        "Percentages are rounded to the cent. Guildhall doesn’t save what you enter; your browser remembers the two percentages."
                    </p>
                </div>
            </div>
        }
        .into_any()
    }
}

fn fields(form: &Form) -> impl IntoView + use<> {
    let number = |name, label, help: &'static str, autofocus: bool| {
        let (described, invalid) = control_attributes(name, true, form);
        let value = form.value(name);
        view! {
            <Field name label help form=form.clone()>
                <input
                    class="input input-money"
                    id=name
                    name=name
                    inputmode="decimal"
                    autocomplete="off"
                    autofocus=autofocus
                    aria-describedby=described
                    aria-invalid=invalid
                    value=value
                />
            </Field>
        }
    };
    let has_price = !form.value("amount").is_empty();
    view! {
        <input type="hidden" name="sent" value="yes"/>
        <div class="field-row">
            {number("amount", "Price", "What you would bid. For example, 1650 or 1650.50.", !has_price && !form.is_refused())}
            {currency(form)}
        </div>
        {number("costs", "Other costs", "Material, travel, tools. Leave it empty if there are none.", false)}
        <div class="field-row">
            {number("fee", "Fee in percent", "Of the price. Guildhall takes none; a bank or an agency may.", false)}
            {number("tax", "Tax in percent", "Of what is left after the fee and the costs.", false)}
        </div>
        <div class="actions">
            <button class="btn btn-primary" type="submit">"Calculate"</button>
        </div>
    }
}

fn currency(form: &Form) -> impl IntoView + use<> {
    let chosen = form.value("currency");
    let options = Currency::ALL
        .map(|currency| {
            let code = currency.code();
            view! { <option value=code selected=code == chosen>{code}</option> }
        })
        .collect_view();
    view! {
        <Field name="currency" label="Currency" help="Of the price and the costs." form=form.clone()>
            <select class="select input-tall" id="currency" name="currency" aria-describedby="currency-help">
                {options}
            </select>
        </Field>
    }
}
