//! What remains of a price after a fee, other costs and tax.

use super::Page;
use crate::{
    components::{ErrorSummary, Field, control_attributes},
    form::Form,
};
use guildhall::{
    field::ValueError,
    money::{Currency, Money},
    proceeds::{Deductions, Percent, Proceeds, parse_costs},
};
use leptos::prelude::*;

/// The calculator. Fields `amount`, `currency`, `costs`, `fee` and `tax`.
#[derive(Debug, Clone)]
pub struct Calculator {
    pub form: Form,
}

impl Page for Calculator {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
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
        let result = result(&form);
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
                    <form class="form" method="get" action="/calculator" novalidate>{fields}</form>
                    {result}
                    <p class="hint">
                        "The fee and the tax are rounded to the cent. Guildhall doesn’t save what you enter; your browser remembers the two percentages."
                    </p>
                </div>
            </div>
        }
        .into_any()
    }
}

/// What remains, and the other parts of the price.
fn result(form: &Form) -> impl IntoView + use<> {
    let [fee, costs, tax, remains] = parts(form);
    // While a field is edited, the result still belongs to the previous price, so its title names that price.
    let price = Money::parse(&form.value("amount"), currency_of(form));
    let title = price.map_or_else(
        |_| "What remains".to_owned(),
        |price| format!("What remains of {price}"),
    );
    let percent = |field| {
        let typed = form.value(field);
        let number = typed.trim().trim_end_matches('%').trim_end();
        match Percent::parse(number) {
            Ok(_) if !number.is_empty() => format!(" ({number}%)"),
            _ => String::new(),
        }
    };
    let row = |label: String, part: String| {
        view! { <div><dt>{label}</dt><dd class="num">{part}</dd></div> }
    };
    view! {
        <section class="panel panel-strong" aria-labelledby="result">
            <h2 class="panel-title" id="result">{title}</h2>
            <p><output class="money money-lg" for="amount fee costs tax">{remains}</output></p>
            <dl class="facts-list mt-3">
                {row(format!("Fee{}", percent("fee")), fee)}
                {row("Other costs".to_owned(), costs)}
                {row(format!("Tax{}", percent("tax")), tax)}
            </dl>
        </section>
    }
}

/// The fee, the costs, the tax and what remains of the price in the form; dashes if a field is missing or invalid.
fn parts(form: &Form) -> [String; 4] {
    let proceeds_in = |currency: Currency| {
        let price = Money::parse(&form.value("amount"), currency)?;
        let deductions = Deductions {
            fee: Percent::parse(&form.value("fee"))?,
            costs_minor: parse_costs(&form.value("costs"), currency)?,
            tax: Percent::parse(&form.value("tax"))?,
        };
        Ok::<_, ValueError>(Proceeds::of(price, deductions))
    };
    match proceeds_in(currency_of(form)) {
        Ok(parts) => {
            [parts.fee, parts.costs, parts.tax, parts.remainder].map(|part| part.to_string())
        }
        Err(_) => ["–"; 4].map(str::to_owned),
    }
}

fn currency_of(form: &Form) -> Currency {
    form.value("currency").parse().unwrap_or_default()
}

fn fields(form: &Form) -> impl IntoView + use<> {
    let number = |name, label, help: &'static str, autofocus: bool| {
        let (described, invalid) = control_attributes(name, true, form);
        let value = form.value(name);
        view! {
            <Field name label help form=form.clone()>
                <input
                    type="text"
                    class="input input-money"
                    id=name
                    name=name
                    inputmode="decimal"
                    autocomplete="transaction-amount"
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
            {number("amount", "Amount", "What you would bid. For example, 1650 or 1650.50.", !has_price && !form.is_refused())}
            {currency(form)}
        </div>
        {number("costs", "Other costs", "Materials, travel, tools. Leave it empty if there are none.", false)}
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
