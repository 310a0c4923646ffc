//! The consumer `award-check`.

use super::Consumer;
use guildhall::{
    Result, award,
    event::{EventKind, consumer::Event},
    project::ProjectId,
    store::Tx,
};

/// Recomputes the result of every ended project from its bids, in a separate transaction, and stops with an error if
/// one is wrong. Without it, a wrong result would go unnoticed until somebody opens the result page, which checks the
/// same.
pub struct AwardCheck;

impl Consumer for AwardCheck {
    fn name(&self) -> &'static str {
        "award-check"
    }

    fn kinds(&self) -> &[EventKind] {
        &[EventKind::ProjectAwarded, EventKind::ProjectUnawarded]
    }

    async fn handle(&self, tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
        let projects: Vec<ProjectId> = events.iter().filter_map(|event| event.project).collect();
        award::check(tx, &projects).await
    }
}
