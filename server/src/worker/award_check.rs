//! The consumer `award-check`: recomputes every result from its bids, and stops with an error at one that is wrong.
//!
//! The result page checks the same, but only when somebody opens it.

use super::Consumer;
use guildhall::{
    Result, award,
    event::{EventKind, consumer::Event},
    project::ProjectId,
    store::Tx,
};

/// Recomputes the result of every ended project, in a separate transaction, and stops with an alarm if one does not
/// follow from the bids. Without it, an error would go unnoticed until somebody opens the page of that result.
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
