//! What the verbs are asked about, and how many rows each may look at.

use guildhall::{
    account::{AccountId, Role, Viewer},
    money::Money,
    project::ProjectId,
    store,
};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// Of what is found by its key.
pub const POINT: i64 = 40;
/// Of a page of a list: each row of it with its seller, its award and their entries in indexes.
pub const PAGE: i64 = 400;
/// Of a page that one row in fifteen, or fewer, is fit for.
pub const SIFTED: i64 = 3_000;
/// Of a page whose few fitting rows are together in an index of another order: they are sorted while there are no more of them.
pub const SORTED: i64 = 20_000;

/// Of a search: as many matches as are counted, each by its words and by its number, and the way to a page.
pub const SEARCHED: i64 = 6_000;
/// Of a search that ends before it has a page: what it may check and examine.
pub const HARD_SEARCH: i64 = 60_000;

/// What the verbs are asked about.
pub struct World {
    /// The open project with the most bids, and the awarded one.
    pub hot: ProjectId,
    pub ended: ProjectId,
    /// Who has a live bid on the hot one, and its amount.
    pub bidder: Viewer,
    pub amount: Money,
    /// Who has more bids than most.
    pub eager: Viewer,
    /// Who has more projects than any other.
    pub seller: Viewer,
    /// Who has few.
    pub modest: Viewer,
    /// How many projects are open.
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
