//! A project as it is typed into its form.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use guildhall::{
    Error,
    field::{FieldError, ValueError},
    moment::{self, Wall, Zone},
    project::{Details, FulfillmentInput, ProjectInput, Purpose},
};

/// A project as it was typed into its form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFields {
    pub name: String,
    pub summary: String,
    pub description: String,
    pub category: String,
    /// Separated by commas.
    pub skills: String,
    pub budget: String,
    pub currency: String,
    /// In the wall-clock time of `time_zone`, in the format of a date-time field.
    pub deadline: String,
    /// Which hour is meant if clocks show the same time twice; otherwise empty.
    pub deadline_hour: String,
    /// The deadline that the form was shown with, in RFC 3339; empty if it had none.
    pub deadline_shown: String,
    pub time_zone: String,
    /// `remote`, `on_site` or empty. Like the fields below, it is left out while it is empty: a form that was sent to
    /// the version without these fields is recognized when it is sent again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub work_place: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// In the format of a date field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub delivery_date: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub duration: String,
    /// `days`, `weeks` or `months`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub duration_unit: String,
}

impl ProjectFields {
    /// The fields of a form, given the value of the field with a name.
    pub fn of(value: impl Fn(&'static str) -> String) -> Self {
        Self {
            name: value("name"),
            summary: value("summary"),
            description: value("description"),
            category: value("category"),
            skills: value("skills"),
            budget: value("budget"),
            currency: value("currency"),
            deadline: value("deadline"),
            deadline_hour: value("deadline_hour"),
            deadline_shown: value("deadline_shown"),
            time_zone: value("time_zone"),
            work_place: value("work_place"),
            site: value("site"),
            delivery_date: value("delivery_date"),
            duration: value("duration"),
            duration_unit: value("duration_unit"),
        }
    }

    /// Names and values, in the order of the form.
    #[cfg(feature = "ssr")]
    pub(super) fn values(&self) -> [(&'static str, &str); 16] {
        [
            ("name", &self.name),
            ("summary", &self.summary),
            ("description", &self.description),
            ("category", &self.category),
            ("skills", &self.skills),
            ("budget", &self.budget),
            ("currency", &self.currency),
            ("deadline", &self.deadline),
            ("deadline_hour", &self.deadline_hour),
            ("deadline_shown", &self.deadline_shown),
            ("time_zone", &self.time_zone),
            ("work_place", &self.work_place),
            ("site", &self.site),
            ("delivery_date", &self.delivery_date),
            ("duration", &self.duration),
            ("duration_unit", &self.duration_unit),
        ]
    }
}

#[cfg(feature = "ssr")]
impl ProjectFields {
    /// # Errors
    /// `Invalid` with every field that is wrong.
    pub(super) fn details(&self, purpose: Purpose) -> guildhall::Result<Details> {
        let wall = Wall {
            text: &self.deadline,
            hour: self.deadline_hour.parse().ok(),
            shown: moment::from_rfc3339(&self.deadline_shown),
        };
        let typed = ProjectInput {
            name: &self.name,
            summary: &self.summary,
            description: &self.description,
            category: &self.category,
            skills: &self.skills,
            currency: &self.currency,
            budget: &self.budget,
            deadline: Zone::by_name(&self.time_zone).and_then(|zone| zone.parse(&wall)),
            fulfillment: FulfillmentInput {
                work_place: &self.work_place,
                site: &self.site,
                delivery_date: &self.delivery_date,
                duration: &self.duration,
                duration_unit: &self.duration_unit,
            },
        };
        let details = Details::parse(&typed, purpose).map_err(|error| match error {
            Error::Invalid(errors) => {
                Error::Invalid(errors.into_iter().map(at_its_field).collect())
            }
            other => other,
        })?;
        Ok(details.typed_in(Zone::by_name(&self.time_zone).ok()))
    }
}

/// The deadline is entered in two fields; an unknown zone is an error of the second one.
#[cfg(feature = "ssr")]
fn at_its_field(error: FieldError) -> FieldError {
    match error.problem {
        ValueError::NotAZone => FieldError::new("time_zone", ValueError::NotAZone),
        _ => error,
    }
}
