//! Where the work of a project is done, by when, and how long it takes. A seller may leave out each of them.

use crate::{
    Error, Result,
    field::{self, Check, ValueError},
};
use std::{fmt, str::FromStr};
use time::{
    Date, Duration, OffsetDateTime, format_description::BorrowedFormatItem,
    macros::format_description,
};

/// Maximum length of a site, in characters.
pub const LONGEST_SITE: usize = 80;
/// The longest expected duration: two years.
pub const MAX_DAYS: u16 = 730;
/// The latest delivery date, counted from the day on which bidding ends: two years, one of them a leap year.
const MAX_AHEAD: Duration = Duration::days(731);

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const DAY_ON_PAGES: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year]");

/// Where the work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkPlace {
    Remote,
    /// At a place such as `Leeds`. Empty only in a draft.
    OnSite(String),
}

/// The kind of a [`WorkPlace`], by which lists are filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkPlaceKind {
    Remote,
    OnSite,
}

/// The last day on which the seller expects the finished work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryDate(Date);

/// How long the seller expects the work to take: 1 to 730 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkDuration {
    days: u16,
}

/// The unit that a duration is typed and shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationUnit {
    Days,
    Weeks,
    Months,
}

/// Where the seller wants the work done, by when, and how long it should take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fulfillment {
    pub place: Option<WorkPlace>,
    pub delivery: Option<DeliveryDate>,
    pub duration: Option<WorkDuration>,
}

/// A [`Fulfillment`] as typed; each text may be empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct FulfillmentInput<'a> {
    /// A name of a [`WorkPlace`]. A site alone means on site.
    pub work_place: &'a str,
    pub site: &'a str,
    /// In the format of a date field, `2027-01-31`.
    pub delivery_date: &'a str,
    pub duration: &'a str,
    /// A name of a [`DurationUnit`]; empty means days.
    pub duration_unit: &'a str,
}

impl WorkPlace {
    /// The name in the database, the API, forms and URLs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind().name()
    }

    #[must_use]
    pub const fn kind(&self) -> WorkPlaceKind {
        match self {
            Self::Remote => WorkPlaceKind::Remote,
            Self::OnSite(_) => WorkPlaceKind::OnSite,
        }
    }

    /// The site, or `None` for remote work.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        match self {
            Self::Remote => None,
            Self::OnSite(site) => Some(site),
        }
    }

    /// Parses the columns of a row.
    fn of_columns(place: Option<&str>, site: Option<String>) -> Result<Option<Self>> {
        match (place, site) {
            (None, None) => Ok(None),
            (Some("remote"), None) => Ok(Some(Self::Remote)),
            (Some("on_site"), Some(site)) => Ok(Some(Self::OnSite(site))),
            (place, site) => Err(Error::unexpected(format!(
                "a project's row has the place {place:?} with the site {site:?}"
            ))),
        }
    }
}

impl WorkPlaceKind {
    pub const ALL: [Self; 2] = [Self::Remote, Self::OnSite];

    /// The name in the database, the API, forms and URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::OnSite => "on_site",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Remote => "Remote",
            Self::OnSite => "On site",
        }
    }
}

impl FromStr for WorkPlaceKind {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}

impl DeliveryDate {
    fn parse(text: &str) -> Result<Option<Self>, ValueError> {
        match text.trim() {
            "" => Ok(None),
            text => Date::parse(text, DAY)
                .map(|day| Some(Self(day)))
                .map_err(|_| ValueError::NotADay),
        }
    }

    /// The date that is as many days after the new deadline as this one is after the old.
    fn shifted(self, old: OffsetDateTime, new: OffsetDateTime) -> Self {
        let day = |at: OffsetDateTime| at.to_offset(time::UtcOffset::UTC).date();
        Self(self.0.saturating_add(day(new) - day(old)))
    }

    /// Accepts the day on which bidding ends, in UTC, and the two years after it.
    pub(super) fn must_follow(self, deadline: OffsetDateTime) -> Result<(), ValueError> {
        let ends = deadline.to_offset(time::UtcOffset::UTC).date();
        if self.0 < ends {
            return Err(ValueError::Refused(
                "The work can’t be due before bidding ends. Choose that day or a later one."
                    .to_owned(),
            ));
        }
        if self.0 - ends > MAX_AHEAD {
            return Err(ValueError::Refused(
                "Choose a day within two years of the end of bidding.".to_owned(),
            ));
        }
        Ok(())
    }

    #[must_use]
    pub const fn day(self) -> Date {
        self.0
    }

    /// The day in the format of date fields and the API: `2027-01-31`.
    #[must_use]
    pub fn to_field(self) -> String {
        self.0.format(DAY).unwrap_or_default()
    }
}

/// As on pages: `31 Jan 2027`.
impl fmt::Display for DeliveryDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(DAY_ON_PAGES).map_err(|_| fmt::Error)?)
    }
}

impl DurationUnit {
    pub const ALL: [Self; 3] = [Self::Days, Self::Weeks, Self::Months];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
        }
    }

    /// A month counts as 30 days.
    const fn days(self) -> u16 {
        match self {
            Self::Days => 1,
            Self::Weeks => 7,
            Self::Months => 30,
        }
    }

    fn parse(name: &str) -> Result<Self, ValueError> {
        match name {
            "" => Ok(Self::Days),
            name => Self::ALL
                .into_iter()
                .find(|unit| unit.name() == name)
                .ok_or(ValueError::NotAChoice),
        }
    }
}

impl WorkDuration {
    /// `None` if it is out of bounds.
    fn of_days(days: u32) -> Option<Self> {
        let days = u16::try_from(days).ok()?;
        (1..=MAX_DAYS).contains(&days).then_some(Self { days })
    }

    fn parse(count: &str, unit: DurationUnit) -> Result<Option<Self>, ValueError> {
        let count = count.trim();
        if count.is_empty() {
            return Ok(None);
        }
        if !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ValueError::NotACount);
        }
        let days = count
            .parse()
            .ok()
            .and_then(|count: u32| count.checked_mul(unit.days().into()));
        days.and_then(Self::of_days).map(Some).ok_or_else(|| {
            ValueError::Refused(format!(
                "Enter a duration of 1 to {MAX_DAYS} days, at most two years."
            ))
        })
    }

    #[must_use]
    pub const fn days(self) -> u16 {
        self.days
    }

    /// The duration in the largest unit of which it is a whole number.
    #[must_use]
    pub fn in_units(self) -> (u16, DurationUnit) {
        let unit = [DurationUnit::Months, DurationUnit::Weeks]
            .into_iter()
            .find(|unit| self.days.is_multiple_of(unit.days()))
            .unwrap_or(DurationUnit::Days);
        (self.days / unit.days(), unit)
    }
}

/// As on pages: `3 weeks`.
impl fmt::Display for WorkDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = self.in_units();
        let unit = match count {
            1 => unit.name().trim_end_matches('s'),
            _ => unit.name(),
        };
        write!(f, "{count} {unit}")
    }
}

impl Fulfillment {
    /// Parses what was typed. Problems are recorded at `work_place`, `site`, `delivery_date`, `duration` and
    /// `duration_unit`. With a deadline, the delivery date must follow it; a draft may have a site that is still empty.
    pub(super) fn parse(
        typed: &FulfillmentInput<'_>,
        deadline: Option<OffsetDateTime>,
        is_draft: bool,
        check: &mut Check,
    ) -> Option<Self> {
        let place = parse_place(typed, is_draft, check);
        let delivery = DeliveryDate::parse(typed.delivery_date).and_then(|day| {
            if let (Some(day), Some(deadline)) = (day, deadline) {
                day.must_follow(deadline)?;
            }
            Ok(day)
        });
        let delivery = check.take("delivery_date", delivery);
        let duration = check
            .take("duration_unit", DurationUnit::parse(typed.duration_unit))
            .and_then(|unit| check.take("duration", WorkDuration::parse(typed.duration, unit)));
        Some(Self {
            place: place?,
            delivery: delivery?,
            duration: duration?,
        })
    }

    /// Parses the columns of a row.
    pub(super) fn of_columns(
        place: Option<&str>,
        site: Option<String>,
        delivery: Option<Date>,
        days: Option<i32>,
    ) -> Result<Self> {
        let duration = days.map(|days| {
            u32::try_from(days)
                .ok()
                .and_then(WorkDuration::of_days)
                .ok_or_else(|| {
                    Error::unexpected(format!("a project's row has the duration of {days} days"))
                })
        });
        Ok(Self {
            place: WorkPlace::of_columns(place, site)?,
            delivery: delivery.map(DeliveryDate),
            duration: duration.transpose()?,
        })
    }

    /// The same, with the delivery date moved along with the deadline, for a project that is posted again.
    pub(super) fn shifted(&self, old: OffsetDateTime, new: OffsetDateTime) -> Self {
        Self {
            delivery: self.delivery.map(|delivery| delivery.shifted(old, new)),
            ..self.clone()
        }
    }

    /// True if the seller left everything out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Parses where the work is done; `None` if a problem was recorded.
fn parse_place(
    typed: &FulfillmentInput<'_>,
    is_draft: bool,
    check: &mut Check,
) -> Option<Option<WorkPlace>> {
    let site = field::name(typed.site, 0, LONGEST_SITE);
    match typed.work_place {
        "" => {
            let site = check.take("site", site)?;
            Some((!site.is_empty()).then_some(WorkPlace::OnSite(site)))
        }
        "remote" => {
            let site = match site {
                Ok(site) if site.is_empty() => Ok(()),
                Ok(_) => Err(ValueError::Refused(
                    "Leave this empty for remote work, or choose “On site”.".to_owned(),
                )),
                Err(problem) => Err(problem),
            };
            check.take("site", site).map(|()| Some(WorkPlace::Remote))
        }
        "on_site" => {
            let site = match site {
                Ok(site) if site.is_empty() && !is_draft => Err(ValueError::Missing),
                site => site,
            };
            check
                .take("site", site)
                .map(|site| Some(WorkPlace::OnSite(site)))
        }
        _ => check.take("work_place", Err(ValueError::NotAChoice)),
    }
}

#[cfg(test)]
mod tests;
