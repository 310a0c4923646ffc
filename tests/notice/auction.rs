//! Bids, from the first to the result.

use crate::{
    given::{Auction, HOUR, Teller, auction, award_due, notices, told, wait},
    support::{account, buyers, let_deadline_come, open_project, place, seller, withdraw},
};
use guildhall::{
    account::Role,
    notice::{
        self,
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
    let mut teller = Teller::new(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &sam).await, [FirstBid]);
    place(&pool, &bob, project, 80_000).await.unwrap();
    // Not the lowest: nobody needs to know.
    place(&pool, &cyd, project, 85_000).await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &ann).await, []);
    wait(&pool, 61).await;
    assert_eq!(told(&pool, &ann).await, [Outbid]);
    assert_eq!(told(&pool, &sam).await, [FirstBid]);
    wait(&pool, 15 * 60).await;
    assert_eq!(told(&pool, &sam).await, [FirstBid, NewLowest]);
    let_deadline_come(&pool, project).await;
    award_due(&pool).await;
    teller.tell().await;
    assert_eq!(told(&pool, &sam).await, [FirstBid, NewLowest, Awarded]);
    assert_eq!(told(&pool, &bob).await, [Won]);
    assert_eq!(told(&pool, &ann).await, [Outbid, Lost]);
    assert_eq!(told(&pool, &cyd).await, [Lost]);
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
        mut teller,
    } = auction(&pool).await;
    // Half an hour of war: a bid every 30 s, so there is no quiet minute.
    for round in 0..60_i64 {
        let bidder = if round % 2 == 0 { &ann } else { &bob };
        place(&pool, bidder, project, 90_000 - round).await.unwrap();
        teller.tell().await;
        wait(&pool, 30).await;
    }
    let of_sam = told(&pool, &sam).await;
    assert!((2..=4).contains(&of_sam.len()), "{of_sam:?}");
    for buyer in [&ann, &bob] {
        let told = told(&pool, buyer).await;
        assert!(told.len() <= 2, "{told:?}");
    }
    // The last bid was Bob's: Ann hears of it after a quiet minute, as things stand.
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
        mut teller,
        ..
    } = auction(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    place(&pool, &bob, project, 80_000).await.unwrap();
    teller.tell().await;
    place(&pool, &ann, project, 70_000).await.unwrap();
    teller.tell().await;
    let db = &mut *pool.acquire().await.unwrap();
    notice::mark_seen(db, &[(bob.account, project)])
        .await
        .unwrap();
    wait(&pool, 61).await;
    assert_eq!(told(&pool, &ann).await, []);
    assert_eq!(told(&pool, &bob).await, []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_who_was_outbid_is_told_of_leading_again(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut teller,
        ..
    } = auction(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    place(&pool, &bob, project, 80_000).await.unwrap();
    teller.tell().await;
    wait(&pool, 61).await;
    withdraw(&pool, &bob, project).await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &ann).await, [Outbid, LeadsAgain]);
    assert_eq!(told(&pool, &bob).await, []);
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
        mut teller,
        ..
    } = auction(&pool).await;
    let cyd = account(&pool, Role::Buyer, "Cyd").await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    // Ann is out; Bob and Cyd go on, with a bid every 40 s for 16 minutes.
    for round in 0..24_i64 {
        let bidder = if round % 2 == 0 { &bob } else { &cyd };
        place(&pool, bidder, project, 80_000 - round).await.unwrap();
        teller.tell().await;
        if round <= 21 {
            assert_eq!(told(&pool, &ann).await, [], "round {round}");
        }
        wait(&pool, 40).await;
    }
    assert_eq!(told(&pool, &ann).await, [Outbid]);
    let last = notices(&pool, ann.account).await.pop().unwrap();
    assert!(
        last.facts
            .lowest
            .is_some_and(|money| money.minor() < 79_980)
    );
}
