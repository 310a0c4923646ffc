//! Bids, from the first to the result.

use crate::{
    fixture::{
        Auction, HOUR, Notifier, auction, award_due, backdate, notice_kinds, notices, undo, wait,
    },
    support::{account, buyers, let_deadline_come, open_project, place, seller, withdraw},
};
use guildhall::{
    account::Role,
    notice::{
        self, Notice,
        NoticeKind::{Awarded, FirstBid, LeadsAgain, Lost, NewLowest, Outbid, Won},
    },
    store::MIGRATIONS,
};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_auction_is_told_from_the_first_bid_to_the_result(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob, cyd] = buyers(&pool, 3).await.try_into().unwrap();
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let mut notifier = Notifier::new(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    assert_eq!(notice_kinds(&pool, &sam).await, [FirstBid]);
    place(&pool, &bob, project, 80_000).await.unwrap();
    // This bid is not the lowest, so nobody is notified.
    notifier.bid(&cyd, project, 85_000).await;
    assert_eq!(notice_kinds(&pool, &ann).await, []);
    wait(&pool, 61).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    assert_eq!(notice_kinds(&pool, &sam).await, [FirstBid]);
    wait(&pool, 15 * 60).await;
    assert_eq!(notice_kinds(&pool, &sam).await, [FirstBid, NewLowest]);
    let_deadline_come(&pool, project).await;
    award_due(&pool).await;
    notifier.notify().await;
    assert_eq!(
        notice_kinds(&pool, &sam).await,
        [FirstBid, NewLowest, Awarded]
    );
    assert_eq!(notice_kinds(&pool, &bob).await, [Won]);
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid, Lost]);
    assert_eq!(notice_kinds(&pool, &cyd).await, [Lost]);
    let lost = notices(&pool, cyd.account).await.remove(0);
    assert_eq!(
        lost.text(),
        "The lowest bid, €800.00, won; yours was €850.00."
    );
    assert_eq!(lost.path(), format!("/projects/{project}/result"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bidding_war_is_a_handful_of_notices(pool: PgPool) {
    let Auction {
        sam,
        ann,
        bob,
        project,
        mut notifier,
    } = auction(&pool).await;
    // Half an hour of constant bidding, every 30 s, so there is no quiet minute.
    for round in 0..60_i64 {
        let bidder = if round % 2 == 0 { &ann } else { &bob };
        notifier.bid(bidder, project, 90_000 - round).await;
        wait(&pool, 30).await;
    }
    let of_sam = notice_kinds(&pool, &sam).await;
    assert!((2..=4).contains(&of_sam.len()), "{of_sam:?}");
    for buyer in [&ann, &bob] {
        let kinds = notice_kinds(&pool, buyer).await;
        assert!(kinds.len() <= 2, "{kinds:?}");
    }
    // The last bid was Bob's. Ann is notified after a quiet minute, with the figures of that moment.
    wait(&pool, 61).await;
    let last = notices(&pool, ann.account).await.pop().unwrap();
    assert_eq!(last.kind, Outbid);
    assert_eq!(
        last.facts.lowest.map(|money| money.minor()),
        Some(90_000 - 59)
    );
    let of_bob = notices(&pool, bob.account).await.pop();
    assert!(of_bob.is_none_or(|notice| notice.facts.lowest != last.facts.lowest));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_leads_again_or_watches_is_not_told_of_having_been_outbid(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    notifier.bid(&bob, project, 80_000).await;
    notifier.bid(&ann, project, 70_000).await;
    let db = &mut *pool.acquire().await.unwrap();
    notice::mark_seen(db, &[(bob.account, project)])
        .await
        .unwrap();
    wait(&pool, 61).await;
    assert_eq!(notice_kinds(&pool, &ann).await, []);
    assert_eq!(notice_kinds(&pool, &bob).await, []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_who_was_outbid_is_told_of_leading_again(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    notifier.bid(&bob, project, 80_000).await;
    wait(&pool, 61).await;
    withdraw(&pool, &bob, project).await.unwrap();
    notifier.notify().await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid, LeadsAgain]);
    assert_eq!(notice_kinds(&pool, &bob).await, []);
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(notice::unread(db, ann.account).await.unwrap(), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_is_told_of_a_lost_lead_after_a_quarter_of_an_hour_however_busy_the_others_are(
    pool: PgPool,
) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    let cyd = account(&pool, Role::Buyer, "Cyd").await;
    notifier.bid(&ann, project, 90_000).await;
    // Ann is out; Bob and Cyd go on, with a bid every 25 s for 16 minutes. Waiting for the end of the quiet minute that the last bid
    // before the quarter of an hour began would be too late.
    for round in 0..40_i64 {
        let is_told = round * 25 >= 15 * 60;
        assert_eq!(
            notice_kinds(&pool, &ann).await == [Outbid],
            is_told,
            "round {round}"
        );
        let bidder = if round % 2 == 0 { &bob } else { &cyd };
        notifier.bid(bidder, project, 80_000 - round).await;
        wait(&pool, 25).await;
    }
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    let last = notices(&pool, ann.account).await.pop().unwrap();
    assert!(
        last.facts
            .lowest
            .is_some_and(|money| money.minor() < 79_980)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_lead_that_was_taken_and_lost_before_anybody_looked_is_told(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    let cyd = account(&pool, Role::Buyer, "Cyd").await;
    notifier.bid(&ann, project, 90_000).await;
    // All of them wait in the outbox together. A bid that was undone has beaten nobody.
    let mistake = place(&pool, &cyd, project, 60_000).await.unwrap();
    undo(&pool, &cyd, project, mistake.id).await;
    place(&pool, &bob, project, 80_000).await.unwrap();
    notifier.bid(&cyd, project, 70_000).await;
    wait(&pool, 61).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    assert_eq!(notice_kinds(&pool, &bob).await, [Outbid]);
    assert_eq!(notice_kinds(&pool, &cyd).await, []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_leader_from_before_the_first_notice_is_told_of_the_lost_lead(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let project = open_project(&pool, &sam, HOUR * 2).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    // As after the upgrade to the version that tells people.
    let mut notifier = Notifier::new(&pool).await;
    notifier.bid(&bob, project, 80_000).await;
    wait(&pool, 61).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    assert_eq!(notice_kinds(&pool, &sam).await, [NewLowest]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_right_after_a_withdrawal_is_told_as_a_bid(pool: PgPool) {
    let Auction {
        sam,
        ann,
        bob,
        project,
        mut notifier,
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    notifier.bid(&bob, project, 80_000).await;
    wait(&pool, 16 * 60).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    wait(&pool, 16 * 60).await;
    // Ann leads by a bid of her own, not because Bob's was withdrawn.
    withdraw(&pool, &bob, project).await.unwrap();
    notifier.bid(&ann, project, 70_000).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    assert_eq!(
        notice_kinds(&pool, &sam).await,
        [FirstBid, NewLowest, NewLowest]
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_seller_is_told_at_most_every_quarter_of_an_hour_also_when_a_held_notice_is_due(
    pool: PgPool,
) {
    let Auction {
        sam,
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    notifier.bid(&bob, project, 80_000).await;
    // The quarter of an hour is over, and the next bids come before what was held back is released.
    backdate(&pool, 15 * 60).await;
    notifier.bid(&ann, project, 70_000).await;
    notifier.bid(&bob, project, 65_000).await;
    wait(&pool, 1).await;
    assert_eq!(notice_kinds(&pool, &sam).await, [FirstBid, NewLowest]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_the_seller_was_told_says_when_the_bid_has_been_taken_back(pool: PgPool) {
    let Auction {
        sam,
        ann,
        bob,
        project,
        mut notifier,
    } = auction(&pool).await;
    let texts = async || -> Vec<String> {
        let told = notices(&pool, sam.account).await;
        told.iter().map(Notice::text).collect()
    };
    let mistake = notifier.bid(&ann, project, 9_000).await;
    assert_eq!(texts().await, ["Someone has bid €90.00."]);
    undo(&pool, &ann, project, mistake.id).await;
    notifier.notify().await;
    let undone = "Someone bid €90.00 but has since taken that bid back.";
    assert_eq!(texts().await, [undone]);
    notifier.bid(&bob, project, 80_000).await;
    wait(&pool, 16 * 60).await;
    let lowest = "The lowest bid is now €800.00.";
    assert_eq!(texts().await, [undone, lowest]);
    // A lower bid of the same buyer takes nothing back.
    notifier.bid(&bob, project, 75_000).await;
    assert_eq!(texts().await[1], lowest);
    withdraw(&pool, &bob, project).await.unwrap();
    assert_eq!(
        texts().await[1],
        "The lowest bid was €800.00, but it has since been taken back."
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_undone_bid_is_told_to_nobody(pool: PgPool) {
    let Auction {
        sam,
        ann,
        bob,
        project,
        mut notifier,
    } = auction(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    notifier.bid(&bob, project, 85_000).await;
    wait(&pool, 61).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    let lowest = notifier.bid(&ann, project, 80_000).await;
    undo(&pool, &ann, project, lowest.id).await;
    notifier.notify().await;
    wait(&pool, 16 * 60).await;
    // Ann's earlier bid counts again, above Bob's: nobody has outbid her since.
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
    assert_eq!(notice_kinds(&pool, &bob).await, []);
    assert_eq!(notice_kinds(&pool, &sam).await, [FirstBid]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_rival_who_bids_and_withdraws_all_the_time_makes_few_notices(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    // For an hour.
    for round in 0..30_i64 {
        notifier.bid(&bob, project, 80_000 - round).await;
        wait(&pool, 61).await;
        withdraw(&pool, &bob, project).await.unwrap();
        notifier.notify().await;
        wait(&pool, 61).await;
    }
    let kinds = notice_kinds(&pool, &ann).await;
    assert!((2..=10).contains(&kinds.len()), "{kinds:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_that_only_seemed_open_drops_nothing(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    notifier.bid(&bob, project, 80_000).await;
    // Ann's computer has gone to sleep: her connection is given up within 45 s.
    wait(&pool, 30).await;
    let db = &mut *pool.acquire().await.unwrap();
    notice::mark_seen(db, &[(ann.account, project)])
        .await
        .unwrap();
    sqlx::query("update notice_hold set seen_at = clock_timestamp() - interval '31 seconds'")
        .execute(&mut *db)
        .await
        .unwrap();
    wait(&pool, 31).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_seller_is_told_of_the_lowest_bid_that_follows_a_withdrawal(pool: PgPool) {
    let Auction {
        sam,
        ann,
        bob,
        project,
        mut notifier,
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    wait(&pool, 16 * 60).await;
    notifier.bid(&bob, project, 80_000).await;
    withdraw(&pool, &bob, project).await.unwrap();
    notifier.notify().await;
    // Above the lowest that the seller was told of, which does not count any more.
    notifier.bid(&ann, project, 85_000).await;
    wait(&pool, 16 * 60).await;
    assert_eq!(
        notice_kinds(&pool, &sam).await,
        [FirstBid, NewLowest, NewLowest]
    );
    let last = notices(&pool, sam.account).await.pop().unwrap();
    assert_eq!(last.facts.lowest.map(|money| money.minor()), Some(85_000));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_who_never_heard_of_the_loss_is_not_told_of_leading_again(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    notifier.bid(&ann, project, 90_000).await;
    notifier.bid(&bob, project, 80_000).await;
    wait(&pool, 61).await;
    notifier.bid(&ann, project, 70_000).await;
    notifier.bid(&bob, project, 60_000).await;
    withdraw(&pool, &bob, project).await.unwrap();
    notifier.notify().await;
    wait(&pool, 61).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Outbid]);
}
