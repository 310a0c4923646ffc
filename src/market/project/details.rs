use super::{Category, Fulfillment, FulfillmentInput};
use crate::{
    Error, Result,
    field::{self, Check, ValueError},
    moment::Zone,
    money::{Currency, Money},
};
use time::OffsetDateTime;

/// The limits of a project's texts, for validation and for hints in forms.
pub struct TextLimits {
    pub name: (usize, usize),
    pub summary: (usize, usize),
    pub description: (usize, usize),
    pub skill: (usize, usize),
    pub skills: usize,
}

/// Lengths are in characters, minimum and maximum; `skills` is a count.
pub const LIMITS: TextLimits = TextLimits {
    name: (1, 100),
    summary: (1, 200),
    description: (1, 20_000),
    skill: (2, 30),
    skills: 10,
};

/// A project as typed. The handler has already parsed the deadline, because it knows the input format.
#[derive(Debug)]
pub struct ProjectInput<'a> {
    pub name: &'a str,
    pub summary: &'a str,
    pub description: &'a str,
    pub category: &'a str,
    /// Separated by commas.
    pub skills: &'a str,
    pub currency: &'a str,
    pub budget: &'a str,
    pub deadline: Result<OffsetDateTime, ValueError>,
    pub fulfillment: FulfillmentInput<'a>,
}

/// Why the form is submitted. A draft needs nothing but a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Draft,
    Publish,
}

/// A validated project.
#[derive(Debug, Clone)]
pub struct Details {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) description: String,
    /// A draft may have none.
    pub(super) category: Option<Category>,
    pub(super) skills: Vec<String>,
    pub(super) currency: Currency,
    pub(super) budget: Option<Money>,
    pub(super) deadline: Option<OffsetDateTime>,
    /// The zone that the deadline was typed in, if that is known.
    pub(super) zone: Option<Zone>,
    pub(super) fulfillment: Fulfillment,
}

impl Details {
    /// Validates the form. Whether the deadline is still ahead is checked later, by the database's clock.
    ///
    /// # Errors
    /// `Invalid` with every field that is wrong: `name`, `summary`, `description`, `category`, `skills`, `currency`,
    /// `budget`, `deadline`, and those of [`Fulfillment`].
    pub fn parse(typed: &ProjectInput<'_>, purpose: Purpose) -> Result<Self> {
        let mut check = Check::default();
        let name = check.take(
            "name",
            field::line(typed.name, LIMITS.name.0, LIMITS.name.1),
        );
        let summary = check.take(
            "summary",
            or_blank(
                purpose,
                field::line(typed.summary, LIMITS.summary.0, LIMITS.summary.1),
            ),
        );
        let description = check.take(
            "description",
            or_blank(
                purpose,
                field::body(
                    typed.description,
                    LIMITS.description.0,
                    LIMITS.description.1,
                ),
            ),
        );
        let category = check.take(
            "category",
            or_none(purpose, typed.category.parse::<Category>()),
        );
        let skills = check.take("skills", skills(typed.skills));
        let currency = check.take("currency", typed.currency.parse::<Currency>());
        let budget = check.take(
            "budget",
            or_none(
                purpose,
                Money::parse(typed.budget, currency.unwrap_or_default()),
            ),
        );
        let deadline = check.take("deadline", or_none(purpose, typed.deadline.clone()));
        let fulfillment = Fulfillment::parse(
            &typed.fulfillment,
            deadline.flatten(),
            purpose == Purpose::Draft,
            &mut check,
        );
        check.finish()?;
        match (
            name,
            summary,
            description,
            category,
            skills,
            currency,
            budget,
            deadline,
            fulfillment,
        ) {
            (
                Some(name),
                Some(summary),
                Some(description),
                Some(category),
                Some(skills),
                Some(currency),
                Some(budget),
                Some(deadline),
                Some(fulfillment),
            ) => Ok(Self {
                name,
                summary,
                description,
                category,
                skills,
                currency,
                budget,
                deadline,
                zone: None,
                fulfillment,
            }),
            _ => Err(Error::Invalid(Vec::new())),
        }
    }
}

impl Details {
    /// The same, with a deadline that was typed in this zone.
    #[must_use]
    pub fn typed_in(self, zone: Option<Zone>) -> Self {
        Self { zone, ..self }
    }
}

/// A draft's text may be blank; a text that is present must be valid.
fn or_blank(purpose: Purpose, text: Result<String, ValueError>) -> Result<String, ValueError> {
    match text {
        Err(ValueError::Missing) if purpose == Purpose::Draft => Ok(String::new()),
        other => other,
    }
}

fn or_none<T>(purpose: Purpose, value: Result<T, ValueError>) -> Result<Option<T>, ValueError> {
    match value {
        Err(ValueError::Missing) if purpose == Purpose::Draft => Ok(None),
        other => other.map(Some),
    }
}

fn skills(text: &str) -> Result<Vec<String>, ValueError> {
    let mut skills: Vec<String> = Vec::new();
    for skill in text.split(',').filter(|skill| !skill.trim().is_empty()) {
        let skill = field::name(skill, LIMITS.skill.0, LIMITS.skill.1)?;
        if !skills
            .iter()
            .any(|known| known.to_lowercase() == skill.to_lowercase())
        {
            skills.push(skill);
        }
        if skills.len() > LIMITS.skills {
            return Err(ValueError::TooMany {
                most: LIMITS.skills,
            });
        }
    }
    Ok(skills)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: FulfillmentInput<'static> = FulfillmentInput {
        work_place: "",
        site: "",
        delivery_date: "",
        duration: "",
        duration_unit: "",
    };
    const GOOD: ProjectInput<'static> = ProjectInput {
        name: "A new shop window",
        summary: "Letters and a sign for a small bakery",
        description: "Two panes of glass, lettered by hand.",
        category: "trades",
        skills: "Sign writing, gilding, Gilding",
        currency: "EUR",
        budget: "800",
        deadline: Ok(OffsetDateTime::UNIX_EPOCH),
        fulfillment: EMPTY,
    };

    fn wrong(typed: &ProjectInput<'_>, purpose: Purpose) -> Vec<(String, ValueError)> {
        match Details::parse(typed, purpose) {
            Err(Error::Invalid(errors)) => {
                errors.into_iter().map(|e| (e.field, e.problem)).collect()
            }
            other => panic!("expected invalid fields, got {other:?}"),
        }
    }

    #[test]
    fn a_valid_project_parses_and_duplicate_skills_are_merged() {
        let details = Details::parse(&GOOD, Purpose::Publish).expect("valid");
        assert_eq!(details.skills, ["Sign writing", "gilding"]);
        assert_eq!(
            details.budget,
            Some(Money::from_minor(80_000, Currency::Eur))
        );
    }

    #[test]
    fn every_invalid_field_is_reported_at_once() {
        let typed = ProjectInput {
            name: "",
            summary: "",
            description: " ",
            category: "magic",
            skills: "a",
            currency: "JPY",
            budget: "-1",
            deadline: Err(ValueError::NotATime),
            fulfillment: FulfillmentInput {
                work_place: "moon",
                ..EMPTY
            },
        };
        let fields: Vec<String> = wrong(&typed, Purpose::Publish)
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(
            fields,
            [
                "name",
                "summary",
                "description",
                "category",
                "skills",
                "currency",
                "budget",
                "deadline",
                "work_place"
            ]
        );
    }

    #[test]
    fn a_draft_needs_only_a_name() {
        let blank = ProjectInput {
            summary: "",
            description: "",
            category: "",
            skills: "",
            budget: "",
            deadline: Err(ValueError::Missing),
            ..GOOD
        };
        let details = Details::parse(&blank, Purpose::Draft).expect("valid as a draft");
        assert_eq!(
            (details.category, details.budget, details.deadline),
            (None, None, None)
        );
        assert_eq!(wrong(&blank, Purpose::Publish).len(), 5);
        assert_eq!(
            wrong(&ProjectInput { name: " ", ..blank }, Purpose::Draft),
            [("name".to_owned(), ValueError::Missing)]
        );
    }

    #[test]
    fn eleven_skills_are_too_many() {
        let typed = ProjectInput {
            skills: "aa,bb,cc,dd,ee,ff,gg,hh,ii,jj,kk",
            ..GOOD
        };
        assert_eq!(
            wrong(&typed, Purpose::Publish),
            [("skills".to_owned(), ValueError::TooMany { most: 10 })]
        );
    }
}
