//! Fills the fields of a project's form from a draft or an autosave.

use crate::web::posted_form::fresh;
use app::form::Form;
use guildhall::{
    autosave::{Autosave, FormWindow},
    moment::{self, Hour, Zone},
    money::{Currency, Money},
    project::{Category, DeliveryDate, Draft, WorkDuration, WorkPlace},
};

/// The form of a new project.
pub(super) fn empty(zone: &Zone) -> Form {
    fresh(&[
        ("currency", Currency::default().code().to_owned()),
        ("time_zone", zone.name().to_owned()),
        ("window", FormWindow::new(None).to_field()),
    ])
}

/// The form with the contents of an autosave.
pub(super) fn from_autosave(autosave: &Autosave) -> Form {
    let mut fields = autosave.fields.clone();
    let window = FormWindow::resuming(autosave);
    fields.push(("window".to_owned(), window.to_field()));
    Form::new(fields, autosave.form.key.to_string())
}

/// The form with the contents of a draft, whose deadline is shown in the zone that it was typed in, or else in `zone`.
pub(super) fn from_draft(draft: &Draft, zone: &Zone) -> Form {
    let zone = draft.zone.as_ref().unwrap_or(zone);
    let fulfillment = &draft.fulfillment;
    let place = fulfillment.place.as_ref();
    let duration = fulfillment.duration.map(WorkDuration::in_units);
    let version = draft.last_save.map(|last| last.version);
    fresh(&[
        ("name", draft.name.clone()),
        ("summary", draft.summary.clone()),
        ("description", draft.description.clone()),
        (
            "category",
            draft.category.map_or("", Category::slug).to_owned(),
        ),
        ("skills", draft.skills.join(", ")),
        (
            "budget",
            draft.budget.map(Money::to_decimal).unwrap_or_default(),
        ),
        ("currency", draft.currency.code().to_owned()),
        (
            "deadline",
            draft
                .deadline
                .map(|deadline| zone.to_field(deadline))
                .unwrap_or_default(),
        ),
        (
            "deadline_shown",
            draft.deadline.map(moment::rfc3339).unwrap_or_default(),
        ),
        (
            "deadline_hour",
            draft
                .deadline
                .and_then(|deadline| zone.hour(deadline))
                .map_or("", Hour::name)
                .to_owned(),
        ),
        ("time_zone", zone.name().to_owned()),
        ("window", FormWindow::new(version).to_field()),
        ("work_place", place.map_or("", WorkPlace::name).to_owned()),
        (
            "site",
            place
                .and_then(WorkPlace::site)
                .unwrap_or_default()
                .to_owned(),
        ),
        (
            "delivery_date",
            fulfillment
                .delivery
                .map(DeliveryDate::to_field)
                .unwrap_or_default(),
        ),
        (
            "duration",
            duration
                .map(|(count, _)| count.to_string())
                .unwrap_or_default(),
        ),
        (
            "duration_unit",
            duration.map_or("", |(_, unit)| unit.name()).to_owned(),
        ),
    ])
}
