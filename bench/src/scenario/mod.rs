//! The scenarios. A scenario runs Guildhall and its reference systems in turn, A B A B …, and returns its findings.

mod bids;
mod deadlines;
mod front;
mod growth;
mod notices;
mod outage;
mod reads;
mod siege;
mod steady;
mod viewers;

use crate::{report::Section, run::Bench};
use clap::ValueEnum;
use serde::Serialize;

/// The scenarios, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    Front,
    HotBids,
    SpreadBids,
    ReadProject,
    ReadList,
    ReadPage,
    Floor,
    Average,
    Mix,
    Deadlines,
    Growth,
    Viewers,
    Notices,
    Siege,
    Outage,
}

impl Name {
    /// The heading in the report.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Front => "The front page, one client",
            Self::HotBids => "Bids on one hot project",
            Self::SpreadBids => "Bids spread over many projects",
            Self::ReadProject => "Reads of one project",
            Self::ReadList => "Reads of the list",
            Self::ReadPage => "The project's page",
            Self::Floor => "The last minute: bids and reads of one project",
            Self::Average => "The mission's average",
            Self::Mix => "1 bid to 20 reads, at growing rates",
            Self::Deadlines => "Deadlines in the same second",
            Self::Growth => "The cost of growth",
            Self::Viewers => "Viewers of one page",
            Self::Notices => "Notices while people bid",
            Self::Siege => "An auction while the server is flooded",
            Self::Outage => "An auction while the database is down",
        }
    }
}

/// Runs one scenario.
///
/// # Errors
/// If something required does not work; wrong results are recorded in the section.
pub async fn run(name: Name, bench: &Bench) -> anyhow::Result<Section> {
    match name {
        Name::Front => front::run(bench).await,
        Name::HotBids => bids::hot(bench).await,
        Name::SpreadBids => bids::spread(bench).await,
        Name::ReadProject => reads::project(bench).await,
        Name::ReadList => reads::list(bench).await,
        Name::ReadPage => reads::page(bench).await,
        Name::Floor => steady::floor(bench).await,
        Name::Average => steady::average(bench).await,
        Name::Mix => steady::mix(bench).await,
        Name::Deadlines => deadlines::run(bench).await,
        Name::Growth => growth::run(bench).await,
        Name::Viewers => viewers::run(bench).await,
        Name::Notices => notices::run(bench).await,
        Name::Siege => siege::run(bench).await,
        Name::Outage => outage::run(bench).await,
    }
}
