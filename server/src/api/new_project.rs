//! A project as programs post it.

use super::{
    body::{self, RawMember},
    deadline::Deadline,
};
use guildhall::{
    Error,
    field::{Check, FieldError, ValueError},
    money::Money,
    project::{Category, Details, DurationUnit, FulfillmentInput, ProjectInput, Purpose},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A project to post.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "A new shop window", "summary": "Letters and a sign for a small bakery",
    "description": "Two panes of glass, **lettered** by hand.", "budget": 900, "deadline": "2027-01-31T17:00:00Z",
    "category": "trades", "skills": ["Sign writing"], "currency": "EUR",
    "work_place": "on_site", "site": "Leeds", "delivery_date": "2027-03-31", "duration_days": 21,
}))]
pub(super) struct NewProject {
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "A new shop window")]
    name: RawMember,
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Letters and a sign for a small bakery")]
    summary: RawMember,
    /// Markdown.
    #[schema(value_type = String, min_length = 1, max_length = 20_000, example = "Two panes of glass, **lettered** by hand.")]
    description: RawMember,
    /// The most you pay; at most two decimals.
    #[schema(value_type = f64, example = 900, minimum = 0.01, maximum = 10_000_000_000_000_000_i64)]
    budget: RawMember,
    /// RFC 3339, or Unix seconds; at most a year ahead.
    #[schema(value_type = Deadline)]
    deadline: RawMember,
    #[schema(value_type = Option<CategoryName>, nullable = false, default = "business", example = "trades")]
    category: RawMember,
    #[schema(value_type = Option<Vec<String>>, nullable = false, max_items = 10, example = json!(["Sign writing"]))]
    skills: RawMember,
    #[schema(value_type = Option<CurrencyCode>, nullable = false, default = "EUR", example = "EUR")]
    currency: RawMember,
    #[schema(value_type = Option<WorkPlaceName>, nullable = false, example = "on_site")]
    work_place: RawMember,
    /// Where the work on site is done; required if `work_place` is `on_site`, and only then allowed.
    #[schema(value_type = Option<String>, nullable = false, max_length = 80, example = "Leeds")]
    site: RawMember,
    /// The last day on which you expect the finished work: from the day on which bidding ends, in UTC, to two years
    /// later.
    #[schema(value_type = Option<String>, format = Date, nullable = false, example = "2027-03-31")]
    delivery_date: RawMember,
    /// How long you expect the work to take.
    #[schema(value_type = Option<u16>, nullable = false, minimum = 1, maximum = 730, example = 21)]
    duration_days: RawMember,
}

/// The field of work.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `Category` has")]
pub(super) enum CategoryName {
    Software,
    Design,
    Writing,
    Translation,
    Marketing,
    Media,
    Business,
    Trades,
}

/// Where the work is done.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "documents the names that `WorkPlace` has")]
pub(super) enum WorkPlaceName {
    Remote,
    OnSite,
}

/// The currency, by its ISO 4217 code.
#[derive(ToSchema)]
#[schema(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "documents the codes that `Currency` has")]
pub(super) enum CurrencyCode {
    Eur,
    Usd,
    Gbp,
    Chf,
}

impl NewProject {
    /// The parsed project, if nothing is wrong; `unknown` lists the problems with unknown members.
    pub fn details(&self, unknown: &[FieldError]) -> Result<Details, Error> {
        let mut check = Check::default();
        for error in unknown {
            check.take::<()>(&error.field, Err(error.problem.clone()));
        }
        let name = check.take("name", body::text(&self.name));
        let summary = check.take("summary", body::text(&self.summary));
        let description = check.take("description", body::text(&self.description));
        let category = check.take("category", body::text(&self.category));
        let skills = check.take("skills", skills(&self.skills));
        let currency = body::currency(&self.currency).map(Option::unwrap_or_default);
        let currency = check.take("currency", currency);
        let budget = check.take(
            "budget",
            body::amount(&self.budget, currency.unwrap_or_default()),
        );
        let deadline = check.take("deadline", body::moment(&self.deadline));
        let work_place = check.take("work_place", body::text(&self.work_place));
        let site = check.take("site", body::text(&self.site));
        let delivery_date = check.take("delivery_date", body::text(&self.delivery_date));
        let duration = check.take("duration_days", body::count(&self.duration_days));
        let members = check.finish();
        let text = |text: Option<String>| text.unwrap_or_default();
        let category = match text(category) {
            none if none.is_empty() => Category::Business.slug().to_owned(),
            some => some,
        };
        let budget = budget.map(Money::to_decimal).unwrap_or_default();
        let parsed = Details::parse(
            &ProjectInput {
                name: &text(name),
                summary: &text(summary),
                description: &text(description),
                category: &category,
                skills: &text(skills),
                currency: currency.unwrap_or_default().code(),
                budget: &budget,
                deadline: deadline.ok_or(ValueError::Missing),
                fulfillment: FulfillmentInput {
                    work_place: &text(work_place),
                    site: &text(site),
                    delivery_date: &text(delivery_date),
                    duration: &text(duration),
                    duration_unit: DurationUnit::Days.name(),
                },
            },
            Purpose::Publish,
        );
        let parsed = parsed.map_err(rename_duration);
        match (members, parsed) {
            (Ok(()), parsed) => parsed,
            (Err(Error::Invalid(mut errors)), Err(Error::Invalid(more))) => {
                let known: Vec<String> = errors.iter().map(|e| e.field.clone()).collect();
                errors.extend(more.into_iter().filter(|e| !known.contains(&e.field)));
                Err(Error::Invalid(errors))
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// The API counts a duration in days, so its member is not named like the form's field.
fn rename_duration(error: Error) -> Error {
    match error {
        Error::Invalid(errors) => {
            let renamed = errors.into_iter().map(|error| match error.field.as_str() {
                "duration" => FieldError::new("duration_days", error.problem),
                _ => error,
            });
            Error::Invalid(renamed.collect())
        }
        other => other,
    }
}

/// Skills must not contain commas, because forms separate them with commas.
fn skills(raw: &RawMember) -> Result<String, ValueError> {
    let skills = body::texts(raw)?;
    if skills.iter().any(|skill| skill.contains(',')) {
        return Err(ValueError::Refused(
            "A skill must not contain a comma.".to_owned(),
        ));
    }
    Ok(skills.join(","))
}
