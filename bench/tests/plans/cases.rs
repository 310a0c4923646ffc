//! The verbs, each with the most rows it may look at.

use crate::touched::{RUNS, Report, Watch};
use guildhall::{
    account::{self, AccountId, Role, Viewer},
    award, bid, event, idempotency, identity,
    money::{Currency, Money},
    oauth,
    project::{self, Category, Filter, Order, ProjectId, Sort, Start, State, Wanted},
    session, store, submission,
    token::{self, NewPersonal},
};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, types::Uuid};
use time::{Duration, OffsetDateTime};

/// Of what is found by its key.
const POINT: i64 = 40;
/// Of a page of a list: each row of it with its seller, its award and their entries in indexes.
const PAGE: i64 = 400;
/// Of a page that one row in fifteen, or fewer, is fit for.
const SIFTED: i64 = 3_000;
/// Of a page whose few fitting rows are together in an index of another order: they are sorted while there are no more of them.
const SORTED: i64 = 20_000;

/// Runs a verb some times on one connection, each time taking back what it did.
macro_rules! measure {
    ($report:ident, $db:ident, $name:expr, $most:expr, |$tx:ident| $run:expr) => {{
        let mut watch = Watch::new();
        for run in 1..=RUNS {
            let mut $tx = $db.begin().await.unwrap();
            watch.start(&mut $tx).await;
            let done = $run.await;
            watch.stop();
            done.unwrap_or_else(|error| panic!("{}: {error}", $name));
            if run == RUNS {
                $report
                    .add(
                        $name,
                        $most,
                        std::mem::replace(&mut watch, Watch::new()),
                        &mut $tx,
                    )
                    .await;
            }
            $tx.rollback().await.unwrap();
        }
    }};
}

/// What the verbs are asked about.
struct World {
    /// The open project with the most bids, and the awarded one.
    hot: ProjectId,
    ended: ProjectId,
    /// Who has a live bid on the hot one, and its amount.
    bidder: Viewer,
    amount: Money,
    /// Who has more bids than most.
    eager: Viewer,
    /// Who has more projects than any other.
    seller: Viewer,
    /// Who has few.
    modest: Viewer,
    /// How many projects are open.
    open: i64,
    now: OffsetDateTime,
}

impl World {
    async fn find(db: &mut PgConnection) -> Self {
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

pub async fn run_all(db: &mut PgConnection) -> Report {
    let world = &World::find(db).await;
    let report = &mut Report::default();
    browsing(report, db, world).await;
    listing(report, db, world).await;
    project_page(report, db, world).await;
    own(report, db, world).await;
    bidding(report, db, world).await;
    ending(report, db).await;
    behind_requests(report, db, world).await;
    sweeping(report, db).await;
    std::mem::take(report)
}

fn every() -> Wanted {
    Wanted {
        state: State::Open,
        words: None,
        category: None,
        currency: None,
        budget_max: None,
        closing_before: None,
    }
}

fn words(words: &str) -> Option<String> {
    Some(words.to_owned())
}

/// The API's lists, with what each kind of filter may cost.
fn filters(world: &World) -> Vec<(&'static str, Wanted, i64)> {
    vec![
        ("all", every(), PAGE),
        (
            "awarded",
            Wanted {
                state: State::Awarded,
                ..every()
            },
            PAGE,
        ),
        (
            "cancelled",
            Wanted {
                state: State::Cancelled,
                ..every()
            },
            PAGE,
        ),
        (
            "common category",
            Wanted {
                category: Some(Category::Software),
                ..every()
            },
            PAGE,
        ),
        (
            "rare category",
            Wanted {
                category: Some(Category::Trades),
                ..every()
            },
            SIFTED,
        ),
        (
            "rare currency",
            Wanted {
                currency: Some(Currency::Chf),
                ..every()
            },
            SIFTED,
        ),
        (
            "common words",
            Wanted {
                words: words("customers"),
                ..every()
            },
            SIFTED,
        ),
        (
            "middling words",
            Wanted {
                words: words("website"),
                ..every()
            },
            SIFTED,
        ),
        (
            "rare words",
            Wanted {
                words: words("lute sundial"),
                ..every()
            },
            SIFTED,
        ),
        (
            "a place",
            Wanted {
                words: words("Zeisigklint or Wieselbruch"),
                ..every()
            },
            SIFTED,
        ),
        (
            "words that are nowhere",
            Wanted {
                words: words("xylophone"),
                ..every()
            },
            PAGE,
        ),
        (
            "words of awarded ones",
            Wanted {
                words: words("website"),
                state: State::Awarded,
                ..every()
            },
            SORTED,
        ),
        (
            "low budgets",
            Wanted {
                budget_max: Some(10_000),
                ..every()
            },
            SORTED,
        ),
        (
            "closing within a day",
            Wanted {
                closing_before: Some(world.now + Duration::DAY),
                ..every()
            },
            SORTED,
        ),
        (
            "common words in a category",
            Wanted {
                words: words("customers"),
                category: Some(Category::Design),
                ..every()
            },
            SIFTED,
        ),
    ]
}

async fn browsing(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let all = every();
    for (name, wanted, most) in filters(world) {
        for (order, by) in [
            (Order::Id, "id"),
            (Order::Deadline, "deadline"),
            (Order::Budget, "budget"),
            (Order::LowestBid, "lowest bid"),
        ] {
            for descending in [false, true] {
                // No index has that order, because every bid would have to write it: all that is open is sorted.
                let most = if order == Order::LowestBid {
                    most + 3 * world.open
                } else {
                    most
                };
                if order == Order::LowestBid && wanted.state != State::Open {
                    continue;
                }
                let from = Start::Offset(0);
                let direction = if descending { "-" } else { "" };
                measure!(
                    report,
                    db,
                    format!("API: {name} by {direction}{by}"),
                    most,
                    |tx| { project::browse(&mut tx, &wanted, order, descending, from, 31) }
                );
            }
        }
    }
    for (order, by) in [
        (Order::Id, "id"),
        (Order::Deadline, "deadline"),
        (Order::Budget, "budget"),
    ] {
        for descending in [false, true] {
            let half = Start::Offset(world.open / 2);
            let middle = project::browse(db, &all, order, descending, half, 1)
                .await
                .unwrap()
                .remove(0);
            let from = Start::After {
                key: middle.key,
                id: middle.project.id,
            };
            let direction = if descending { "-" } else { "" };
            measure!(
                report,
                db,
                format!("API: from the middle on by {direction}{by}"),
                PAGE,
                |tx| { project::browse(&mut tx, &all, order, descending, from, 31) }
            );
            // A numbered page passes by what comes before it, in an index alone as far as nobody bids there.
            measure!(
                report,
                db,
                format!("API: the page in the middle by {direction}{by}"),
                PAGE + 2 * world.open,
                |tx| { project::browse(&mut tx, &all, order, descending, half, 31) }
            );
        }
    }
    for (name, wanted, _) in filters(world) {
        let is_kept = wanted.words.is_none()
            && wanted.budget_max.is_none()
            && wanted.closing_before.is_none();
        // What is not kept is counted: every open project that is fit for it. Of those that ended, words are in so many that all
        // are read: that is no part of what visitors see, and is not flat.
        if !is_kept && wanted.state != State::Open {
            continue;
        }
        let most = if is_kept { PAGE } else { world.open };
        measure!(report, db, format!("API: how many, {name}"), most, |tx| {
            project::browsed_total(&mut tx, &wanted)
        });
    }
}

async fn listing(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    for sort in Sort::ALL {
        let most = if sort == Sort::FewestBids {
            PAGE + 3 * world.open
        } else {
            PAGE
        };
        let all = Filter::default();
        let trades = Filter {
            category: Some(Category::Trades),
            ..Filter::default()
        };
        let rare = Filter {
            words: words("lute sundial"),
            ..Filter::default()
        };
        measure!(report, db, format!("page: {}", sort.label()), most, |tx| {
            project::list(&mut tx, &all, sort, 1)
        });
        measure!(
            report,
            db,
            format!("page: {} in a rare category", sort.label()),
            most.max(SIFTED),
            |tx| { project::list(&mut tx, &trades, sort, 1) }
        );
        measure!(
            report,
            db,
            format!("page: {} with rare words", sort.label()),
            SIFTED,
            |tx| { project::list(&mut tx, &rare, sort, 1) }
        );
    }
    measure!(report, db, "front page: closing soon", PAGE, |tx| {
        project::closing_soon(&mut tx, 60)
    });
    measure!(
        report,
        db,
        "front page: how many in each category",
        PAGE,
        |tx| project::count_by_category(&mut tx)
    );
}

async fn project_page(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let hot = &project::find(db, world.hot).await.unwrap();
    let ended = &project::find(db, world.ended).await.unwrap();
    let bids = 5 * bid::HISTORY_LIMIT;
    measure!(report, db, "a project", POINT, |tx| project::find(
        &mut tx, world.hot
    ));
    measure!(report, db, "its latest bids", bids, |tx| bid::history(
        &mut tx, None, hot
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
    measure!(report, db, "one's own bid on it", POINT, |tx| bid::own(
        &mut tx,
        &world.bidder,
        hot
    ));
    measure!(report, db, "the result of a popular project", 3_500, |tx| {
        award::outcome(&mut tx, None, ended)
    });
}

async fn own(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    // 500 projects with what they need, and the four kinds of entries and rows of each.
    measure!(report, db, "a seller's dashboard", 5_000, |tx| {
        project::of_seller(&mut tx, &world.seller)
    });
    measure!(report, db, "a buyer's dashboard", 10_000, |tx| {
        bid::of_buyer(&mut tx, &world.eager)
    });
    for state in [
        None,
        Some(State::Open),
        Some(State::Cancelled),
        Some(State::Draft),
    ] {
        measure!(
            report,
            db,
            format!("a seller's projects, {state:?}"),
            2 * PAGE,
            |tx| { project::of_seller_before(&mut tx, &world.seller, state, None, 31) }
        );
    }
    for state in [
        None,
        Some(bid::State::Live),
        Some(bid::State::Replaced),
        Some(bid::State::Withdrawn),
    ] {
        measure!(
            report,
            db,
            format!("a buyer's bids, {state:?}"),
            2 * PAGE,
            |tx| { bid::mine_before(&mut tx, &world.eager, state, None, 31) }
        );
    }
}

async fn bidding(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let lower = Money::from_minor(world.amount.minor() - 100, world.amount.currency());
    measure!(
        report,
        db,
        "a lower bid on a popular project",
        POINT,
        |tx| bid::place(&mut tx, &world.bidder, world.hot, lower)
    );
    measure!(
        report,
        db,
        "a bid is taken back",
        POINT,
        |tx| bid::withdraw(&mut tx, &world.bidder, world.hot)
    );
}

async fn ending(report: &mut Report, db: &mut PgConnection) {
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
        |tx| project::browsed_total(&mut tx, &every())
    );
    let first = award::due(db, 1).await.unwrap()[0];
    measure!(report, db, "one popular project ends", POINT, |tx| {
        award::close_one(&mut tx, first)
    });
}

async fn behind_requests(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let account = world.bidder.account;
    let data = json!({});
    let kept = session::Kept {
        account: Some(account),
        user_agent: "",
        data: &data,
        expires_at: world.now + Duration::DAY,
    };
    session::begin(db, b"a token", &kept).await.unwrap();
    measure!(report, db, "a session is looked up", POINT, |tx| {
        session::load(&mut tx, b"a token")
    });
    measure!(report, db, "a session is kept", POINT, |tx| session::save(
        &mut tx, b"a token", &kept
    ));
    measure!(report, db, "an account's sessions", PAGE, |tx| {
        session::of_account(&mut tx, account, b"a token")
    });
    measure!(report, db, "all other sessions end", PAGE, |tx| {
        session::end_others(&mut tx, account, None)
    });
    let new = NewPersonal::parse("A script", &["projects:read"], "30").unwrap();
    let secret = token::create_personal(db, account, &new).await.unwrap();
    let hash = secret.hash();
    measure!(report, db, "a token is looked up", POINT, |tx| {
        token::authenticate(&mut tx, &hash)
    });
    measure!(report, db, "an account's tokens", PAGE, |tx| {
        token::personal(&mut tx, &world.bidder)
    });
    let program =
        sqlx::query_scalar::<_, String>("select client_id from oauth_client where id = 7")
            .fetch_one(&mut **db)
            .await
            .unwrap();
    measure!(report, db, "a program is looked up", POINT, |tx| {
        oauth::identified(&mut tx, &program)
    });
    measure!(report, db, "an account's programs", PAGE, |tx| {
        oauth::allowed(&mut tx, &world.seller)
    });
    measure!(report, db, "an identity is looked up", POINT, |tx| {
        identity::is_known(&mut tx, "https://id.example.com", "subject-7")
    });
    measure!(report, db, "an account is looked up", POINT, |tx| {
        account::find(&mut tx, account)
    });
    measure!(
        report,
        db,
        "an account is looked up by its e-mail",
        POINT,
        |tx| { account::find_by_email(&mut tx, "account-7@load.example") }
    );
    let form = submission::Mark::new(Uuid::from_u128(7), "amount=1");
    measure!(report, db, "a form is claimed", POINT, |tx| {
        submission::claim(&mut tx, account, &form)
    });
    let request = idempotency::Mark::new(account, "a key", "POST", "/", b"").unwrap();
    measure!(report, db, "a request's key is claimed", POINT, |tx| {
        idempotency::claim(&mut tx, &request)
    });
    measure!(report, db, "the feed from its beginning", PAGE, |tx| {
        event::changes(&mut tx, event::Position::default(), 31)
    });
    let (transaction, last): (i64, i64) = sqlx::query_as(
        "select transaction_id::text::bigint, id from outbox order by transaction_id desc, id desc offset 1000 limit 1",
    )
    .fetch_one(&mut **db)
    .await
    .unwrap();
    let near = event::Position {
        transaction,
        event: last,
    };
    measure!(report, db, "the feed near its end", PAGE, |tx| {
        event::changes(&mut tx, near, 31)
    });
    let deadline = world.now + Duration::days(7);
    let typed = project::Typed {
        name: "A sundial",
        summary: "A sundial for a watchmaker",
        description: "Brass, and right to the minute.",
        category: "trades",
        skills: "",
        currency: "EUR",
        budget: "900",
        deadline: Ok(deadline),
    };
    let details = project::Details::parse(&typed, project::Purpose::Publish).unwrap();
    measure!(report, db, "a project is published", POINT, |tx| {
        project::publish(&mut tx, &world.modest, None, &details)
    });
    measure!(report, db, "a draft is kept", 2 * PAGE, |tx| {
        project::save_draft(&mut tx, &world.modest, &details)
    });
    let draft = project::save_draft(db, &world.modest, &details)
        .await
        .unwrap();
    measure!(report, db, "a draft is thrown away", POINT, |tx| {
        project::discard_draft(&mut tx, &world.modest, draft)
    });
}

async fn sweeping(report: &mut Report, db: &mut PgConnection) {
    let db = &mut db.begin().await.unwrap();
    measure!(report, db, "old sessions are forgotten", PAGE, |tx| {
        session::end_expired(&mut tx)
    });
    measure!(report, db, "old failures are forgotten", PAGE, |tx| {
        account::forget_old_failures(&mut tx)
    });
    measure!(report, db, "old forms are forgotten", PAGE, |tx| {
        submission::forget_old(&mut tx)
    });
    measure!(report, db, "old answers are forgotten", PAGE, |tx| {
        idempotency::forget_old(&mut tx)
    });
    measure!(
        report,
        db,
        "old ways to a provider are forgotten",
        PAGE,
        |tx| identity::end_expired_flows(&mut tx)
    );
    measure!(report, db, "old tokens are forgotten", PAGE, |tx| {
        token::end_expired(&mut tx)
    });
    measure!(
        report,
        db,
        "what programs had is forgotten",
        4 * PAGE,
        |tx| oauth::end_expired(&mut tx)
    );
    measure!(report, db, "counts are added up", 2 * PAGE, |tx| {
        project::fold_tally(&mut tx)
    });
}
