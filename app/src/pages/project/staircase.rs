//! The bid history as a picture: the lowest active bid over time, as an SVG file.
//!
//! Both scales are fixed and start where the auction starts: time from the publication to the deadline, amounts from
//! zero to the budget. So no step looks larger than it is. The plot is stretched to the width of the page, but the
//! texts are not. The picture is an `<img>`, and browsers apply the page's color scheme to its style
//! sheet.

use guildhall::{
    bid::{Staircase, StaircaseStep},
    moment::Zone,
    money::Money,
    project::{Progress, Project},
};
use std::fmt::Write;
use time::OffsetDateTime;

/// The plot's width and height in its own units, which are stretched to the page. No screen has more columns.
const COLUMNS: i64 = 2_000;
const ROWS: i64 = 10_000;
/// The plot's place in the picture, in pixels.
const TOP: i64 = 24;
const HEIGHT: i64 = 144;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#566059}.now{fill:#17211c;font-weight:650}\
.line{fill:none;stroke:#11513b;stroke-width:2;vector-effect:non-scaling-stroke}.area{fill:#e7efe3}.end{fill:#11513b}\
.axis,.budget{stroke:#857b68}.budget{stroke-dasharray:5 4}\
@media(prefers-color-scheme:dark){text{fill:#a6b3aa}.now{fill:#ece7da}.line{stroke:#86cfab}.area{fill:#1a3128}.end{fill:#86cfab}.axis,.budget{stroke:#75877c}}\
@media(forced-colors:active){text,.now{fill:CanvasText}.line{stroke:CanvasText}.area{fill:none}.end{fill:CanvasText}.axis,.budget{stroke:CanvasText}}";

/// Renders the picture as of `now`, with times in this zone.
#[must_use]
pub fn staircase_svg(staircase: &Staircase, now: OffsetDateTime, zone: &Zone) -> String {
    let Staircase { project, steps } = staircase;
    let plot = Plot::of(project, now);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%\" height=\"200\"><style>{STYLE}</style>\
         <svg y=\"{TOP}\" width=\"100%\" height=\"{HEIGHT}\" viewBox=\"0 0 {COLUMNS} {ROWS}\" preserveAspectRatio=\"none\">"
    );
    let runs = plot.runs(steps);
    for run in &runs {
        let (d, begin) = (run.path(), run.begin());
        let _ = write!(
            svg,
            "<path class=\"area\" d=\"{d}V{ROWS}H{begin}Z\"/><path class=\"line\" d=\"{d}\"/>"
        );
    }
    let bottom = TOP + HEIGHT;
    let budget = Money::from_minor(plot.budget, project.budget.currency());
    let _ = write!(
        svg,
        "</svg><line class=\"budget\" x2=\"100%\" y1=\"{TOP}.5\" y2=\"{TOP}.5\"/>\
         <line class=\"axis\" x2=\"100%\" y1=\"{bottom}.5\" y2=\"{bottom}.5\"/>\
         <text y=\"{}\">Budget {budget}</text><text y=\"{}\">{}</text><text x=\"100%\" y=\"{}\" text-anchor=\"end\">{}</text>",
        TOP - 8,
        bottom + 18,
        zone.minute(project.published_at),
        bottom + 18,
        zone.minute(project.deadline),
    );
    if let Some(step) = steps.last()
        && let Some(lowest) = step.lowest
    {
        svg += &plot.label(Money::from_minor(lowest, project.budget.currency()));
    }
    svg + "</svg>"
}

/// The scales of a project's plot.
struct Plot {
    from: OffsetDateTime,
    deadline: OffsetDateTime,
    /// Where the line ends: the moment of the picture, or the end of the auction.
    until: OffsetDateTime,
    /// In minor units.
    budget: i64,
}

impl Plot {
    fn of(project: &Project, now: OffsetDateTime) -> Self {
        let until = match project.progress {
            Progress::Cancelled { ended_at } => ended_at,
            _ => now,
        };
        Self {
            from: project.published_at,
            deadline: project.deadline,
            until: until.min(project.deadline),
            budget: project.budget.minor(),
        }
    }

    fn x(&self, at: OffsetDateTime) -> i64 {
        let whole = (self.deadline - self.from).whole_microseconds().max(1);
        let part = (at - self.from).whole_microseconds();
        scaled(part, whole, COLUMNS)
    }

    /// Downwards, as in every SVG.
    fn y(&self, minor: i64) -> i64 {
        ROWS - scaled(minor.into(), i128::from(self.budget).max(1), ROWS)
    }

    /// The line, with a gap wherever no bid was active.
    fn runs(&self, steps: &[StaircaseStep]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut is_drawing = false;
        for step in steps {
            let x = self.x(step.at);
            if is_drawing && let Some(run) = runs.last_mut() {
                run.end = x;
            }
            if let Some(minor) = step.lowest {
                let corner = (x, self.y(minor));
                match runs.last_mut() {
                    Some(run) if is_drawing => run.add(corner),
                    _ => runs.push(Run {
                        corners: vec![corner],
                        end: x,
                    }),
                }
            }
            is_drawing = step.lowest.is_some();
        }
        if is_drawing && let Some(run) = runs.last_mut() {
            run.end = run.end.max(self.x(self.until));
        }
        runs
    }

    /// A dot where the line ends, with the amount to its right. Where there is no room, the amount is below the dot, or
    /// above it near the bottom: the line comes from above unless a bid was withdrawn, so the space below is usually free.
    fn label(&self, lowest: Money) -> String {
        // In tenths of a percent. The bounds keep the dot (radius 4 px) whole even in a picture 280 px wide.
        let x = (self.x(self.until) * 1_000 / COLUMNS).clamp(15, 985);
        let percent = format!("{}.{}%", x / 10, x % 10);
        let y = TOP + self.y(lowest.minor()) * HEIGHT / ROWS;
        let is_low = y + 24 > TOP + HEIGHT;
        let (anchor, dx, dy) = match x {
            ..600 => ("start", 9, 5),
            _ if is_low => ("end", 0, -10),
            _ => ("end", 0, 20),
        };
        format!(
            "<circle class=\"end\" cx=\"{percent}\" cy=\"{y}\" r=\"4\"/>\
             <text class=\"now\" x=\"{percent}\" dx=\"{dx}\" y=\"{}\" text-anchor=\"{anchor}\">{lowest}</text>",
            y + dy
        )
    }
}

/// A part of the line without a gap.
struct Run {
    /// Where it begins, and where the amount changes, as `(x, y)`.
    corners: Vec<(i64, i64)>,
    end: i64,
}

impl Run {
    /// Adds a corner. Merges steps in the same direction within one column, which look like one step.
    fn add(&mut self, (x, y): (i64, i64)) {
        if let [.., (before_x, before_y), (last_x, last_y)] = &mut self.corners[..]
            && (*before_x, *last_x) == (x, x)
            && (*before_y <= *last_y) == (*last_y <= y)
        {
            *last_y = y;
        } else {
            self.corners.push((x, y));
        }
    }

    fn begin(&self) -> i64 {
        self.corners.first().map_or(0, |(x, _)| *x)
    }

    fn path(&self) -> String {
        let mut corners = self.corners.iter();
        let mut d = String::new();
        if let Some((x, y)) = corners.next() {
            let _ = write!(d, "M{x} {y}");
        }
        for (x, y) in corners {
            let _ = write!(d, "H{x}V{y}");
        }
        let _ = write!(d, "H{}", self.end);
        d
    }
}

/// Scales `part / whole` to a length, rounded and clamped to 0 and the length.
fn scaled(part: i128, whole: i128, length: i64) -> i64 {
    let at = (part * i128::from(length) + whole / 2) / whole;
    i64::try_from(at.clamp(0, i128::from(length))).unwrap_or(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    const FROM: OffsetDateTime = datetime!(2026-11-28 12:00 UTC);

    fn plot(until_second: i64) -> Plot {
        Plot {
            from: FROM,
            deadline: FROM + Duration::seconds(200),
            until: FROM + Duration::seconds(until_second),
            budget: 1_000,
        }
    }

    fn path(until_second: i64, steps: &[(i64, Option<i64>)]) -> String {
        let steps: Vec<StaircaseStep> = steps
            .iter()
            .map(|(second, lowest)| StaircaseStep {
                at: FROM + Duration::seconds(*second),
                lowest: *lowest,
            })
            .collect();
        let runs = plot(until_second).runs(&steps);
        runs.iter().map(Run::path).collect()
    }

    #[test]
    fn the_scales_run_from_the_publication_to_the_deadline_and_from_zero_to_the_budget() {
        assert_eq!(path(200, &[(0, Some(1_000))]), "M0 0H2000");
        assert_eq!(
            path(150, &[(50, Some(1_000)), (100, Some(250))]),
            "M500 0H1000V7500H1500"
        );
    }

    #[test]
    fn a_withdrawal_raises_the_line_and_withdrawing_the_only_bid_interrupts_it() {
        assert_eq!(
            path(
                200,
                &[
                    (10, Some(500)),
                    (20, Some(900)),
                    (30, None),
                    (40, Some(100))
                ]
            ),
            "M100 5000H200V1000H300M400 9000H2000"
        );
        assert_eq!(path(200, &[(10, Some(500)), (20, None)]), "M100 5000H200");
        assert_eq!(path(200, &[]), "");
    }

    #[test]
    fn steps_in_the_same_direction_within_a_column_are_merged() {
        let steps: Vec<_> = (0..900).map(|n| (10, Some(950 - n))).collect();
        assert_eq!(path(200, &steps), "M100 500H100V9490H2000");
    }
}
