//! The number of rows a transaction has read, according to PostgreSQL's statistics, and the report of all measurements.

use guildhall::store::Connection;
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Tables with fewer rows may be scanned sequentially, which is fastest.
const LARGE: f32 = 5_000.0;
/// How often each use case runs on one connection. PostgreSQL plans a prepared statement anew five times and may then
/// keep one generic plan: only the last run is counted.
pub const RUNS: usize = 11;

/// The counts so far.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    rows: i64,
    /// Large tables, with the number of sequential scans of each.
    tables: Vec<(String, i64)>,
}

impl Counts {
    /// Rows read in tables, and entries read in indexes. Row pointers in the word index are not counted: at two bytes
    /// each, more than a thousand fit in a page.
    pub async fn now(db: &mut Connection) -> Self {
        let rows: i64 = sqlx::query_scalar(
            "select (select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables)::bigint
                  + (select sum(pg_stat_get_xact_tuples_returned(indexrelid)) from pg_index join pg_class c on c.oid = indexrelid join pg_am on pg_am.oid = c.relam
                     where amname <> 'gin' and indrelid in (select relid from pg_stat_xact_user_tables))::bigint",
        )
        .fetch_one(&mut *db)
        .await
        .unwrap();
        let tables = sqlx::query_as(
            "select t.relname::text, t.seq_scan from pg_stat_xact_user_tables t join pg_class c on c.oid = t.relid
             where c.reltuples > $1 order by t.relname",
        )
        .bind(LARGE)
        .fetch_all(db)
        .await
        .unwrap();
        Self { rows, tables }
    }

    fn since(&self, before: &Self) -> Self {
        let scans = |table: &str| {
            before
                .tables
                .iter()
                .find(|(name, _)| name == table)
                .map_or(0, |(_, scans)| *scans)
        };
        Self {
            rows: self.rows - before.rows,
            tables: self
                .tables
                .iter()
                .map(|(table, now)| (table.clone(), now - scans(table)))
                .filter(|(_, scans)| *scans > 0)
                .collect(),
        }
    }
}

/// The measurement of one use case.
struct Measurement {
    name: String,
    rows_touched: Counts,
    most: i64,
    median: Duration,
}

impl Measurement {
    fn is_within_limits(&self) -> bool {
        self.rows_touched.rows <= self.most && self.rows_touched.tables.is_empty()
    }
}

/// Measures the time of several runs, and the counts of the last.
pub struct Watch {
    times: Vec<Duration>,
    began: Instant,
    before: Counts,
}

impl Watch {
    pub fn new() -> Self {
        Self {
            times: Vec::new(),
            began: Instant::now(),
            before: Counts::default(),
        }
    }

    pub async fn start(&mut self, db: &mut Connection) {
        if self.times.len() + 1 == RUNS {
            self.before = Counts::now(db).await;
        }
        self.began = Instant::now();
    }

    pub fn stop(&mut self) {
        self.times.push(self.began.elapsed());
    }
}

#[derive(Default)]
pub struct Report(Vec<Measurement>);

impl Report {
    pub async fn add(
        &mut self,
        name: impl Into<String>,
        most: i64,
        mut watch: Watch,
        db: &mut Connection,
    ) {
        watch.times.sort_unstable();
        self.0.push(Measurement {
            name: name.into(),
            rows_touched: Counts::now(db).await.since(&watch.before),
            most,
            median: watch.times[RUNS / 2],
        });
    }

    pub fn failure_text(&self) -> String {
        self.0
            .iter()
            .filter(|measured| !measured.is_within_limits())
            .map(|measured| format!("{measured}\n"))
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|measured| writeln!(f, "{measured}"))
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            rows_touched,
            most,
            median,
        } = self;
        write!(
            f,
            "{:9.2} ms {:7} of {most:6} rows  {name}",
            median.as_secs_f64() * 1000.0,
            rows_touched.rows
        )?;
        rows_touched
            .tables
            .iter()
            .try_for_each(|(table, scans)| write!(f, "; reads all of {table} {scans} times"))
    }
}
