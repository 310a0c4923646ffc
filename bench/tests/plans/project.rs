//! A project: its page, bids on it, and its end.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, POINT, World},
};
use guildhall::{
    award, bid,
    money::{Currency, Money},
    project::{self, ProjectId},
};
use sqlx::{Connection as _, PgConnection};

pub async fn project_page(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let hot = &project::find(db, world.hot).await.unwrap();
    let ended = &project::find(db, world.ended).await.unwrap();
    let bids = 5 * bid::HISTORY_LIMIT;
    measure!(report, db, "a project", POINT, |tx| project::find(
        &mut tx, world.hot
    ));
    // The largest batch.
    let many = sqlx::query_scalar::<_, i64>("select id from project order by id desc limit 100");
    let many = many.fetch_all(&mut **db).await.unwrap();
    let many: Vec<_> = many.into_iter().map(ProjectId).collect();
    measure!(report, db, "many projects", 100 * POINT, |tx| {
        project::find_all(&mut tx, &many)
    });
    measure!(report, db, "its latest bids", bids, |tx| bid::history(
        &mut tx, hot
    ));
    let middle: i64 = sqlx::query_scalar(
        "select min(id) + (max(id) - min(id)) / 2 from bid where project_id = $1",
    )
    .bind(world.hot.0)
    .fetch_one(&mut **db)
    .await
    .unwrap();
    measure!(report, db, "its bids from the middle on", bids, |tx| {
        bid::history_before(
            &mut tx,
            Some(&world.seller),
            hot,
            Some(bid::BidId(middle)),
            31,
        )
    });
    measure!(
        report,
        db,
        "its four latest live bids",
        2 * bid::HISTORY_LIMIT,
        |tx| bid::latest(&mut tx, world.hot, Currency::Eur)
    );
    measure!(report, db, "the viewer's bid on it", POINT, |tx| bid::own(
        &mut tx,
        &world.bidder,
        hot
    ));
    measure!(report, db, "its staircase", 3 * bid::MAX_BIDS, |tx| {
        bid::staircase(&mut tx, hot.clone())
    });
    measure!(report, db, "the result of a popular project", 3_500, |tx| {
        award::outcome(&mut tx, None, ended)
    });
}

pub async fn bidding(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let lower = Money::from_minor(world.amount.minor() - 100, world.amount.currency());
    measure!(
        report,
        db,
        "a lower bid on a popular project",
        POINT,
        |tx| bid::place_within(&mut tx, &world.bidder, world.hot, lower)
    );
    measure!(report, db, "a bid is withdrawn", POINT, |tx| bid::withdraw(
        &mut tx,
        &world.bidder,
        world.hot,
        None
    ));
    let offer = bid::Offer::from(lower);
    measure!(
        report,
        db,
        "whether a bid is unusually low",
        // The 100 lowest bids, each with its index entry.
        200 + POINT,
        |tx| bid::must_be_usual(&mut tx, &world.bidder, world.hot, &offer)
    );
    let placed = bid::place_within(db, &world.bidder, world.hot, lower);
    let placed = placed.await.unwrap();
    // It also finds the bid that was replaced, the last undo and the lowest bid.
    measure!(report, db, "a bid is undone", 20 + POINT, |tx| bid::undo(
        &mut tx,
        &world.bidder,
        world.hot,
        placed.id
    ));
}

pub async fn ending_queries(report: &mut Report, db: &mut PgConnection) {
    let db = &mut db.begin().await.unwrap();
    measure!(report, db, "the next deadline", POINT, |tx| {
        award::next_deadline(&mut tx)
    });
    measure!(report, db, "nothing is due", POINT, |tx| award::due(
        &mut tx, 200
    ));
    sqlx::query(
        "update project set deadline = clock_timestamp() - interval '1 second' where id in (
             select id from project where state = 'open' order by bid_count desc, id limit 200)",
    )
    .execute(&mut **db)
    .await
    .unwrap();
    measure!(report, db, "200 popular projects are due", 1_000, |tx| {
        award::due(&mut tx, 200)
    });
    measure!(report, db, "200 popular projects end", 200 * POINT, |tx| {
        award::close_due(&mut tx, 200)
    });
    measure!(
        report,
        db,
        "how many are open while 200 are due",
        2 * PAGE,
        |tx| project::browsed_total(&mut tx, &crate::lists::every())
    );
    let first = award::due(db, 1).await.unwrap()[0];
    measure!(report, db, "one popular project ends", POINT, |tx| {
        award::close_one(&mut tx, first)
    });
}
