//! The calculator of what remains of a price. The browser remembers the percentages in the cookie `rates`, as
//! `fee-tax`; nothing is stored here.

use super::{
    failure::Failure,
    list_query::{Filters, Parameters, parameters},
    posted_form::fresh,
    project_list::status,
    routes::Routes,
    visit::Visit,
    writes::preference,
};
use app::pages::Calculator;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use guildhall::{
    field::{FieldError, ValueError},
    money::{Currency, Money},
    proceeds::{Percent, parse_costs},
};

pub(crate) fn routes() -> Routes {
    Routes::default().get("/calculator", show)
}

/// The name of the cookie with the percentages.
const RATES: &str = "rates";

/// `GET /calculator`. Without `sent`, as from a link, the percentages are the remembered ones.
async fn show(visit: Visit, cookies: CookieJar, raw: Parameters) -> Result<Response, Failure> {
    let value = parameters(raw)?;
    let currency: Currency = value("currency").parse().unwrap_or_default();
    let is_sent = !value("sent").is_empty();
    let (fee, tax) = if is_sent {
        (value("fee"), value("tax"))
    } else {
        stored_rates(&cookies)
    };
    let mut check = Filters::default();
    let price = check.take("amount", &value("amount"), |text| {
        Money::parse(text, currency)
    });
    check.take("costs", &value("costs"), |text| parse_costs(text, currency));
    let rates = (
        check.take("fee", &fee, Percent::parse),
        check.take("tax", &tax, Percent::parse),
    );
    let mut errors = check.errors();
    if is_sent && price.is_none() && value("amount").is_empty() {
        errors.insert(0, FieldError::new("amount", ValueError::Missing));
    }
    let status = status(&errors);
    let is_valid = errors.is_empty();
    let form = fresh(&[
        ("amount", value("amount")),
        ("currency", currency.code().to_owned()),
        ("costs", value("costs")),
        ("fee", fee),
        ("tax", tax),
    ]);
    let form = form.refused(errors, None);
    let page = visit.page_with(status, Calculator { form }).await?;
    if !(is_sent && is_valid) {
        return Ok(page);
    }
    let (fee, tax) = (rates.0.unwrap_or_default(), rates.1.unwrap_or_default());
    let cookie = preference(RATES, format!("{fee}-{tax}"));
    Ok((CookieJar::new().add(cookie), page).into_response())
}

/// The fee and the tax that the browser remembers, as texts; empty if there are none or they are 0.
fn stored_rates(cookies: &CookieJar) -> (String, String) {
    let rates = cookies.get(RATES).map_or("", |cookie| cookie.value());
    let (fee, tax) = rates.split_once('-').unwrap_or_default();
    let text = |rate: &str| match Percent::parse(rate) {
        Ok(rate) if rate != Percent::default() => rate.to_string(),
        _ => String::new(),
    };
    (text(fee), text(tax))
}
