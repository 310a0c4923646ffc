//! The consumer `audit`.

use super::Consumer;
use guildhall::{
    Result, audit,
    event::{EventKind, consumer::Event},
    store::Tx,
};

/// Appends security-relevant events to the record.
pub struct Audit;

impl Consumer for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn kinds(&self) -> &[EventKind] {
        audit::EVENTS
    }

    async fn handle(&self, tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
        audit::append(tx, events).await
    }
}
