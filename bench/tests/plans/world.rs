//! The parameters of the measured use cases, and the limits on rows read.

use guildhall::{
    account::{AccountId, Role, Viewer},
    money::Money,
    project::ProjectId,
    store,
};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// For a look-up by key.
pub const POINT: i64 = 40;
/// For a page of a list: each row with its seller, its award and their index entries.
pub const PAGE: i64 = 400;
/// For a page whose filter matches only about one row in fifteen.
pub const FILTERED_PAGE: i64 = 3_000;
/// For a page whose matching rows are adjacent in an index with another order, and few enough to sort.
pub const SORTED_PAGE: i64 = 20_000;

/// For a search: every counted match, read once by its words and once by its id, and the page itself.
pub const SEARCH: i64 = 6_000;
/// For a search that stops before its page is full: all the rows it may examine.
pub const HARD_SEARCH: i64 = 60_000;

/// The parameters of the measured use cases.
pub struct World {
    /// The open project with the most bids.
    pub hot: ProjectId,
    /// The awarded project with the most bids.
    pub ended: ProjectId,
    /// A buyer with a live bid on the hot project.
    pub bidder: Viewer,
    /// The amount of that bid.
    pub amount: Money,
    /// A buyer with more bids than most.
    pub eager: Viewer,
    /// The seller with the most projects.
    pub seller: Viewer,
    /// A seller with few projects.
    pub modest: Viewer,
    /// The number of open projects.
    pub open: i64,
    pub now: OffsetDateTime,
}

impl World {
    pub async fn find(db: &mut PgConnection) -> Self {
        let (hot, ended, open, bidder, minor, currency): (i64, i64, i64, i64, i64, String) = sqlx::query_as(
            "select hot.id, ended.id, (select count(*) from project where state = 'open'), b.buyer_id, b.amount_minor, hot.currency
             from (select id, currency from project where state = 'open' order by bid_count desc limit 1) hot
             cross join (select id from project where state = 'awarded' order by bid_count desc limit 1) ended
             cross join lateral (select buyer_id, amount_minor from bid where project_id = hot.id and state = 'live'
                                 order by id desc limit 1) b",
        )
        .fetch_one(&mut *db)
        .await
        .unwrap();
        let (seller, eager, modest): (i64, i64, i64) = sqlx::query_as(
            "select (select seller_id from project group by 1 order by count(*) desc limit 1), (select min(id) from account where role = 'buyer'),
                    (select max(id) from account where role = 'seller')",
        )
        .fetch_one(&mut *db)
        .await
        .unwrap();
        let viewer = |id, role| Viewer {
            account: AccountId(id),
            role,
            name: "Someone".to_owned(),
            has_confirmed_email: true,
        };
        let world = Self {
            hot: ProjectId(hot),
            ended: ProjectId(ended),
            bidder: viewer(bidder, Role::Buyer),
            amount: Money::from_minor(minor, currency.parse().unwrap()),
            eager: viewer(eager, Role::Buyer),
            seller: viewer(seller, Role::Seller),
            modest: viewer(modest, Role::Seller),
            open,
            now: store::now(db).await.unwrap(),
        };
        eprintln!(
            "hot {hot}, ended {ended}, {open} open; eager buyer {eager}, bidder {bidder}, seller {seller}"
        );
        world
    }
}
