use super::{AuditEntry, Head, store};
use crate::{
    Result,
    event::{EventKind, consumer::Event},
    store::{Connection, Tx},
};

/// How many entries are read at a time.
const BATCH: i64 = 5_000;

/// Appends these events to the record, in this order, except those that it has: after a restore from a dump, a consumer may
/// get an event twice.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn append(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    let events: Vec<&Event> = events.iter().filter(|event| is_recorded(event)).collect();
    if events.is_empty() {
        return Ok(());
    }
    let mut head = store::lock_head(tx).await?;
    let numbers: Vec<i64> = events.iter().map(|event| event.at.event).collect();
    let known = store::recorded(tx, &numbers).await?;
    let events = events
        .into_iter()
        .filter(|event| !known.contains(&event.at.event));
    let mut entries = Vec::with_capacity(numbers.len());
    for event in events {
        let entry = AuditEntry {
            number: head.number + 1,
            event: event.at.event,
            kind: event.kind.name().to_owned(),
            account: event.account,
            happened_at: event.happened_at,
            facts: event.body.to_string(),
        };
        head = head.after(&entry);
        entries.push((entry, head));
    }
    store::insert(tx, &entries).await
}

/// False for tokens issued under a grant, which an app renews every hour: the grant itself is recorded. True for tokens
/// that an app gets for its own owner, because they have no grant.
fn is_recorded(event: &Event) -> bool {
    let is_token = matches!(
        event.kind,
        EventKind::TokenCreated | EventKind::TokenRevoked
    );
    let grant = event.body.get("grant");
    !(is_token && grant.is_some_and(|grant| !grant.is_null()))
}

/// What a check of the record found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Every entry is as it was appended.
    Unbroken(Head),
    /// An entry is missing before this one.
    Gap { after: i64, next: i64 },
    /// The entry, or one before it, is not as it was appended.
    Changed { number: i64 },
    /// The record has another hash at the expected number, or ends before it.
    NotExpected { expected: Head, found: Option<Head> },
}

/// Recomputes every hash. `expected` is a head that was noted down earlier: the record must contain it. `progress` gets the
/// number of entries checked so far.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn verify(
    db: &mut Connection,
    expected: Option<Head>,
    mut progress: impl FnMut(i64),
) -> Result<Finding> {
    let mut head = Head::EMPTY;
    let mut found = expected.filter(|expected| *expected == Head::EMPTY);
    loop {
        let entries = store::after(db, head.number, BATCH).await?;
        if entries.is_empty() {
            break;
        }
        for (entry, hash) in &entries {
            if entry.number != head.number + 1 {
                return Ok(Finding::Gap {
                    after: head.number,
                    next: entry.number,
                });
            }
            head = head.after(entry);
            if head.hash[..] != hash[..] {
                return Ok(Finding::Changed {
                    number: entry.number,
                });
            }
            if expected.is_some_and(|expected| expected.number == head.number) {
                found = Some(head);
            }
        }
        progress(head.number);
    }
    Ok(match expected {
        Some(expected) if found != Some(expected) => Finding::NotExpected { expected, found },
        _ => Finding::Unbroken(head),
    })
}
