//! The export behind its link. It is streamed: the next batch is read once the client has taken the previous one, so a
//! slow client costs neither memory nor a database connection. If a batch can't be read, the transfer breaks off, so that
//! nobody mistakes an incomplete file for a complete one.

use super::{Web, dead_link, failure::Failure, routes::Routes, success::uncached, visit::Visit};
use app::{export_file, pages::ExportReady};
use axum::{
    body::Body,
    extract::Query,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use guildhall::{
    Error, Result,
    account::Viewer,
    export::{self, Batch, Cursor, ExportLink},
    moment::rfc3339,
    quota::QuotaKind,
    store::{self, Tx},
};
use std::collections::HashMap;
use time::OffsetDateTime;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/export/ready", show)
        .get("/account/export/file", download)
}

/// The link that the viewer opened, and the database's clock.
async fn opened(
    visit: &Visit,
    query: &HashMap<String, String>,
) -> Result<(ExportLink, OffsetDateTime)> {
    let viewer = visit.signed_in()?;
    let part = |name: &str| query.get(name).map_or("", String::as_str);
    let link = ExportLink {
        until: part("until").parse().unwrap_or_default(),
        signature: part("signature").to_owned(),
    };
    let app = &visit.app;
    let now = store::now(&mut *app.pool.acquire().await?).await?;
    app.exports.check(&app.pool, viewer, &link, now).await?;
    Ok((link, now))
}

/// `GET /account/export/ready`
async fn show(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    match opened(&visit, &query).await {
        Ok((link, _)) => {
            let until = OffsetDateTime::from_unix_timestamp(link.until);
            let until = until.map_err(Error::unexpected)?;
            Ok(uncached(visit.page(ExportReady { link, until }).await?))
        }
        Err(error) => dead(visit, error).await,
    }
}

async fn dead(visit: Visit, error: Error) -> Result<Response, Failure> {
    let next = "/account/export".to_owned();
    dead_link::show(visit, error, next, "Make a new export").await
}

/// The formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Html,
}

impl Format {
    fn by_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "html" => Some(Self::Html),
            _ => None,
        }
    }

    const fn headers(self) -> [(header::HeaderName, &'static str); 3] {
        let (kind, disposition) = match self {
            Self::Json => (
                "application/json",
                "attachment; filename=\"guildhall-export.json\"",
            ),
            Self::Html => (
                "text/html; charset=utf-8",
                "attachment; filename=\"guildhall-export.html\"",
            ),
        };
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, "no-store"),
        ]
    }

    /// Everything before the first section.
    fn head(self, site: &str, made_at: OffsetDateTime) -> Result<String> {
        let made_at = rfc3339(made_at);
        Ok(match self {
            Self::Json => {
                let text = |text: &str| serde_json::to_string(text).map_err(Error::unexpected);
                let (site, made_at) = (text(site)?, text(&made_at)?);
                format!("{{\"format\":\"guildhall-export-1\",\"site\":{site},\"made_at\":{made_at}")
            }
            Self::Html => {
                let introduction = export_file::introduction(site, &made_at);
                [export_file::HEAD, &introduction].concat()
            }
        })
    }

    fn batch(self, batch: &Batch) -> Result<String> {
        if self == Self::Html {
            return export_file::section(batch);
        }
        let mut text = String::new();
        if batch.is_first {
            text.push_str(",\n\"");
            text.push_str(batch.section.name());
            text.push_str("\":[");
        }
        for (place, row) in batch.rows.iter().enumerate() {
            text.push_str(match (batch.is_first, place) {
                (true, 0) => "\n",
                _ => ",\n",
            });
            text.push_str(row.json());
        }
        if batch.is_last {
            text.push(']');
        }
        Ok(text)
    }

    const fn foot(self) -> &'static str {
        match self {
            Self::Json => "}\n",
            Self::Html => export_file::FOOT,
        }
    }
}

/// `GET /account/export/file`, with a format.
async fn download(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let made_at = match opened(&visit, &query).await {
        Ok((_, now)) => now,
        Err(error) => return dead(visit, error).await,
    };
    let format = query.get("format").map_or("", String::as_str);
    let format = Format::by_name(format).ok_or(Error::NotFound)?;
    let viewer = visit.signed_in()?.clone();
    let app = visit.app.clone();
    let mut tx: Tx<'_> = app.pool.begin().await?;
    let (kind, origin) = (QuotaKind::Export, visit.origin());
    (app.quotas.spend(&mut tx, kind, viewer.account, origin)).await?;
    tx.commit().await?;
    let head = format.head(&app.settings.base_url, made_at)?;
    let parts = stream::try_unfold(
        Download {
            app,
            viewer,
            format,
            next: Part::Head(head),
        },
        Download::step,
    );
    Ok((format.headers(), Body::from_stream(parts)).into_response())
}

/// A download that is under way.
struct Download {
    app: Web,
    viewer: Viewer,
    format: Format,
    next: Part,
}

/// What is sent next.
enum Part {
    Head(String),
    Batch(Cursor),
    End,
}

impl Download {
    async fn step(self) -> Result<Option<(String, Self)>> {
        let (text, next) = match self.next {
            Part::Head(ref head) => (head.clone(), Part::Batch(Cursor::default())),
            Part::Batch(mut cursor) => match self.read(&mut cursor).await? {
                Some(batch) => (self.format.batch(&batch)?, Part::Batch(cursor)),
                None => (self.format.foot().to_owned(), Part::End),
            },
            Part::End => return Ok(None),
        };
        Ok(Some((text, Self { next, ..self })))
    }

    async fn read(&self, cursor: &mut Cursor) -> Result<Option<Batch>> {
        let read = async {
            let db = &mut *self.app.pool.acquire().await?;
            export::next(db, &self.viewer, cursor).await
        };
        // The answer has begun, so no page can say so.
        read.await.inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "an export broke off"
            );
        })
    }
}
