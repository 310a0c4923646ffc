//! The report, as Markdown for people and JSON for programs.

mod markdown;

use crate::{
    audit::Findings,
    figures::{Run, Spread},
    machine::Machine,
    memory::ResourceUsage,
    scenario::Name,
};
pub(crate) use markdown::milliseconds;

use anyhow::Context;
use serde::Serialize;
use std::{fs, path::Path};

/// The result of one run of `bin/bench`.
#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub quick: bool,
    pub repeat: u64,
    pub sections: Vec<Section>,
}

/// The result of one scenario.
#[derive(Debug, Serialize)]
pub struct Section {
    pub scenario: Name,
    /// What was done, in a sentence.
    pub what: String,
    pub sides: Vec<Side>,
    /// For comparisons that need other columns than `sides`.
    pub table: Option<Table>,
    /// The rows of `table` for programs, one value per row.
    pub figures: Vec<serde_json::Value>,
    pub books: Vec<Findings>,
    /// Usage of the server and of PostgreSQL at the end of Guildhall's own runs.
    pub server: Option<ResourceUsage>,
    pub postgres: Option<ResourceUsage>,
    /// CPU seconds per second during Guildhall's own runs, of the server and of PostgreSQL.
    pub busy: Vec<CoresUsed>,
    /// Findings that fit no table, a sentence each.
    pub facts: Vec<String>,
    pub goals: Vec<Goal>,
    /// Errors, independent of any times.
    pub faults: Vec<String>,
}

/// A table with its own columns.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: Vec::new(),
        }
    }
}

/// One side of a comparison, with all its runs.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    pub name: String,
    pub unit: &'static str,
    /// True for Guildhall itself, which the others are compared with.
    pub own: bool,
    pub runs: Vec<Run>,
}

/// The number of cores used.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CoresUsed {
    pub server: f64,
    pub postgres: f64,
}

/// A goal for a figure.
#[derive(Debug, Clone, Serialize)]
pub struct Goal {
    pub text: String,
    pub met: bool,
}

impl Section {
    /// An empty section.
    #[must_use]
    pub fn new(scenario: Name, what: impl Into<String>) -> Self {
        Self {
            scenario,
            what: what.into(),
            sides: Vec::new(),
            table: None,
            figures: Vec::new(),
            books: Vec::new(),
            server: None,
            postgres: None,
            busy: Vec::new(),
            facts: Vec::new(),
            goals: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Adds a run of Guildhall.
    pub fn add_own(&mut self, name: &str, unit: &'static str, run: Run) {
        self.add(name, unit, run, true);
    }

    /// Adds a run of a system that Guildhall is compared with.
    pub fn add_limit(&mut self, name: &str, unit: &'static str, run: Run) {
        self.add(name, unit, run, false);
    }

    fn add(&mut self, name: &str, unit: &'static str, run: Run, own: bool) {
        if run.unexpected > 0 {
            self.faults.push(format!(
                "{name}: {} answers were not as expected: {:?}",
                run.unexpected, run.statuses
            ));
        }
        if run.errors > 0 {
            self.faults
                .push(format!("{name}: {} requests got no answer", run.errors));
        }
        if let Some(side) = self.sides.iter_mut().find(|side| side.name == name) {
            side.runs.push(run);
            return;
        }
        self.sides.push(Side {
            name: name.to_owned(),
            unit,
            own,
            runs: vec![run],
        });
    }

    /// Adds the result of the audit.
    pub fn close_books(&mut self, findings: Findings) {
        if !findings.is_clean() {
            self.faults.push(format!("the audit failed: {findings:?}"));
        }
        self.books.push(findings);
    }

    /// The median rate of a side.
    #[must_use]
    pub fn rate(&self, name: &str) -> Option<f64> {
        self.sides
            .iter()
            .find(|side| side.name == name)
            .map(|side| side.rate().median)
    }

    /// Adds a goal and whether it was met.
    pub fn goal(&mut self, text: impl Into<String>, met: bool) {
        self.goals.push(Goal {
            text: text.into(),
            met,
        });
    }
}

impl Side {
    /// The rate per second over its runs.
    #[must_use]
    pub fn rate(&self) -> Spread {
        Spread::of(self.runs.iter().map(|run| run.rate))
    }
}

impl Report {
    /// The errors and, except in a quick run, the missed goals.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for section in &self.sections {
            let name = section.scenario.heading();
            failures.extend(
                section
                    .faults
                    .iter()
                    .map(|fault| format!("{name}: {fault}")),
            );
            if !self.quick {
                let missed = section.goals.iter().filter(|goal| !goal.met);
                failures.extend(missed.map(|goal| format!("{name}: not met: {}", goal.text)));
            }
        }
        failures
    }

    /// Writes `report.md` and `report.json`.
    ///
    /// # Errors
    /// If the directory cannot be written to.
    pub fn write(&self, out: &Path) -> anyhow::Result<()> {
        let problem = || format!("cannot write to {}", out.display());
        fs::create_dir_all(out).with_context(problem)?;
        fs::write(out.join("report.md"), self.markdown()).with_context(problem)?;
        fs::write(out.join("report.json"), serde_json::to_string_pretty(self)?)
            .with_context(problem)?;
        Ok(())
    }
}
