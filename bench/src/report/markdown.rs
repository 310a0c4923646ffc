//! Formats a report for people.

use super::{CoresUsed, Report, Section, Side, Table};
use crate::{
    audit::Findings,
    figures::{Run, Spread},
};
use std::fmt::Write;

impl Report {
    #[must_use]
    pub fn markdown(&self) -> String {
        let machine = &self.machine;
        let mut text = format!(
            "{}, {} cores, {} GB, Linux {}, PostgreSQL {} ({}, data on {}); {}, median, minimum and maximum of {} runs.\n",
            machine.processor,
            machine.cores,
            machine.memory_gb,
            machine.kernel,
            machine.postgres,
            machine.durability,
            machine.data_on,
            machine.began_at,
            self.repeat
        );
        for section in &self.sections {
            section.write_markdown(&mut text);
        }
        text
    }
}

impl Table {
    fn write_markdown(&self, text: &mut String) {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        text.push_str(&line(&self.columns));
        text.push_str(&format!("|{}\n", "---|".repeat(self.columns.len())));
        for row in &self.rows {
            text.push_str(&line(row));
        }
    }
}

impl Side {
    fn latency(&self, of: fn(&Run) -> u64) -> String {
        milliseconds(Spread::of(self.runs.iter().map(|run| of(run) as f64)).median)
    }
}

impl Section {
    fn write_markdown(&self, text: &mut String) {
        let _ = writeln!(text, "\n### {}\n\n{}\n", self.scenario.heading(), self.what);
        if !self.sides.is_empty() {
            text.push_str("| | rate (median) | min – max | Guildhall relative to it | p50 ms | p95 ms | p99 ms | max ms | MB/s | errors |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        }
        let own = self
            .sides
            .iter()
            .find(|side| side.own)
            .map(|side| side.rate().median);
        for side in &self.sides {
            let rate = side.rate();
            let ratio = match own {
                Some(own) if !side.own && rate.median > 0.0 => ratio(own / rate.median),
                _ => String::new(),
            };
            let bytes = Spread::of(
                side.runs
                    .iter()
                    .map(|run| run.bytes as f64 / run.seconds / 1e6),
            );
            let errors: u64 = side
                .runs
                .iter()
                .map(|run| run.errors + run.unexpected)
                .sum();
            let _ = writeln!(
                text,
                "| {} | {} {} | {} – {} | {ratio} | {} | {} | {} | {} | {} | {errors} |",
                side.name,
                whole(rate.median),
                side.unit,
                whole(rate.min),
                whole(rate.max),
                side.latency(|run| run.latency.p50_us),
                side.latency(|run| run.latency.p95_us),
                side.latency(|run| run.latency.p99_us),
                side.latency(|run| run.latency.max_us),
                if bytes.median > 0.0 {
                    format!("{:.1}", bytes.median)
                } else {
                    String::new()
                },
            );
        }
        if let Some(table) = &self.table {
            table.write_markdown(text);
        }
        let mut lines = Vec::new();
        if !self.books.is_empty() {
            lines.push(self.books_text());
        }
        if let (Some(server), Some(postgres)) = (self.server, self.postgres) {
            lines.push(format!(
                "Memory: server {} MB, PostgreSQL {} MB.",
                server.memory_kb / 1000,
                postgres.memory_kb / 1000
            ));
        }
        if !self.busy.is_empty() {
            let median = |of: fn(&CoresUsed) -> f64| Spread::of(self.busy.iter().map(of)).median;
            lines.push(format!(
                "CPU while Guildhall ran: the server {:.0} % of one core, PostgreSQL {:.0} %.",
                median(|busy| busy.server) * 100.0,
                median(|busy| busy.postgres) * 100.0
            ));
        }
        lines.extend(self.facts.iter().cloned());
        for goal in &self.goals {
            let outcome = if goal.met { "met" } else { "not met" };
            lines.push(format!("{}: **{outcome}**.", goal.text));
        }
        lines.extend(
            self.faults
                .iter()
                .map(|fault| format!("**Wrong:** {fault}.")),
        );
        let has_table = !self.sides.is_empty() || self.table.is_some();
        if has_table && !lines.is_empty() {
            text.push('\n');
        }
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }

    fn books_text(&self) -> String {
        let sum = |of: fn(&Findings) -> u64| self.books.iter().map(of).sum::<u64>();
        let verdict = if self.books.iter().all(Findings::is_clean) {
            "passed"
        } else {
            "FAILED"
        };
        format!(
            "Audit of {} runs: {verdict}. {} bids accepted, each stored once, as sent, with one event; {} refused, none of them stored; {} stored whose answer was not read before the run ended.",
            self.books.len(),
            sum(|findings| findings.accepted),
            sum(|findings| findings.refused),
            sum(|findings| findings.unanswered)
        )
    }
}

fn ratio(ratio: f64) -> String {
    if ratio >= 1.5 {
        format!("{ratio:.1} ×")
    } else {
        format!("{:.0} %", ratio * 100.0)
    }
}

/// Formats a figure with thousands separators, and with one decimal if it is below 100.
fn whole(figure: f64) -> String {
    if figure < 100.0 {
        return format!("{figure:.1}");
    }
    let digits = format!("{figure:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub(crate) fn milliseconds(us: f64) -> String {
    let ms = us / 1000.0;
    if ms == 0.0 {
        String::new()
    } else if ms < 10.0 {
        format!("{ms:.2}")
    } else if ms < 100.0 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_line_for_each_row() {
        let mut table = Table::new(&["flood", "award ms"]);
        table.rows.push(vec!["pages".to_owned(), "80".to_owned()]);
        let mut text = String::new();
        table.write_markdown(&mut text);
        assert_eq!(text, "| flood | award ms |\n|---|---|\n| pages | 80 |\n");
    }

    #[test]
    fn figures_are_rounded_and_grouped_for_people() {
        assert_eq!(whole(1_234_567.4), "1,234,567");
        assert_eq!(whole(123.0), "123");
        assert_eq!(whole(12.34), "12.3");
        assert_eq!(
            (ratio(6.04), ratio(0.513)),
            ("6.0 ×".to_owned(), "51 %".to_owned())
        );
        assert_eq!(
            (milliseconds(1234.0), milliseconds(0.0)),
            ("1.23".to_owned(), String::new())
        );
    }
}
