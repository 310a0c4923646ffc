//! Notes to bids on a real PostgreSQL.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    account::Viewer,
    award::{self, AwardOutcome},
    bid::{self, BidId, Combiner, Note, Offer, Outcome},
    project::{self, ProjectId},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use std::{collections::HashMap, time::Duration};
use support::{
    buyers, close_due, eur, hold, let_deadline_come, lock_waiters, open_project, seller,
};

const HOUR: Duration = Duration::from_secs(3600);

fn offer(minor: i64, note: &str) -> Offer {
    Offer::from(eur(minor)).with_note(Note::parse(note))
}

async fn notes(
    pool: &PgPool,
    viewer: &Viewer,
    id: ProjectId,
    bids: &[BidId],
) -> HashMap<BidId, String> {
    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let notes = bid::notes(db, viewer, &project, bids).await.unwrap();
    let text = |(id, note): (BidId, Note)| (id, note.into_text());
    notes.into_iter().map(text).collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn bids_of_one_transaction_keep_their_own_notes(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 30).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let combiner = Combiner::new(pool.clone());
    // The project is locked, so that all bids share one or two transactions.
    let held = hold(&pool, id).await;
    let mut waiting = Vec::new();
    for (n, buyer) in (0..).zip(&buyers) {
        let (combiner, buyer) = (combiner.clone(), buyer.clone());
        let note = if n % 3 == 0 {
            String::new()
        } else {
            format!("Note {n}")
        };
        waiting.push(tokio::spawn(async move {
            let offer = offer(90_000 - n, &note);
            match bid::place(&combiner, &buyer, id, offer, None)
                .await
                .unwrap()
            {
                Outcome::Placed(bid) => (bid.id, note),
                other => panic!("{other:?}"),
            }
        }));
    }
    lock_waiters(&pool, 1).await;
    held.rollback().await.unwrap();
    let mut placed = Vec::new();
    for one in waiting {
        placed.push(one.await.unwrap());
    }
    let ids: Vec<BidId> = placed.iter().map(|(id, _)| *id).collect();
    let mut expected: HashMap<BidId, String> = placed.into_iter().collect();
    expected.retain(|_, note| !note.is_empty());
    assert_eq!(notes(&pool, &seller, id, &ids).await, expected);
    // A bidder can read only their own note.
    for (buyer, bid) in buyers.iter().zip(&ids) {
        let own = notes(&pool, buyer, id, &ids).await;
        let expected = expected.get(bid).map(|note| (*bid, note.clone()));
        assert_eq!(own, expected.into_iter().collect());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_note_is_read_only_through_its_own_project(pool: PgPool) {
    let (one, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &one, HOUR).await;
    let mut tx = pool.begin().await.unwrap();
    let bid = bid::place_within(&mut tx, &buyers[0], id, offer(90_000, "Two weeks"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let other = support::account(&pool, guildhall::account::Role::Seller, "Olga").await;
    let others = open_project(&pool, &other, HOUR).await;
    assert!(notes(&pool, &other, others, &[bid.id]).await.is_empty());
    assert!(notes(&pool, &other, id, &[bid.id]).await.is_empty());
    assert_eq!(notes(&pool, &one, id, &[bid.id]).await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_history_that_viewers_share_has_no_notes(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let mut tx = pool.begin().await.unwrap();
    for (buyer, minor) in buyers.iter().zip([90_000, 80_000]) {
        bid::place_within(&mut tx, buyer, id, offer(minor, "Two weeks"))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    for viewer in [None, Some(&seller), Some(&buyers[0])] {
        let shown = history.for_viewer(viewer);
        assert!(shown.iter().all(|made| made.note.is_none()));
    }
    assert_eq!(history.with_note_for(None), []);
    assert_eq!(history.with_note_for(Some(&seller)).len(), 2);
    assert_eq!(history.with_note_for(Some(&buyers[0])).len(), 1);
    drop(project);

    let_deadline_come(&pool, id).await;
    assert_eq!(close_due(&pool).await, 1);
    let project = project::find(db, id).await.unwrap();
    for (viewer, expected) in [
        (None, [false, false]),
        (Some(&seller), [true, true]),
        (Some(&buyers[0]), [false, true]),
        (Some(&buyers[1]), [true, false]),
    ] {
        let outcome = award::outcome(db, viewer, &project).await.unwrap();
        let AwardOutcome::Awarded(award) = outcome else {
            panic!("nobody won")
        };
        let has_note: Vec<bool> = award.ranking().map(|bid| bid.note.is_some()).collect();
        assert_eq!(has_note, expected, "{viewer:?}");
    }
}
