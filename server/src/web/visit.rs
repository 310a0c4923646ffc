use super::{Web, browser::render, device, failure::Failure, saved_form::SavableForm, session};
use crate::{
    database::outage,
    http::request::{address, header_text},
};
use app::{
    chrome::{Chrome, Outage},
    pages::Page,
    theme::Theme,
};
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts},
    response::Response,
};
use axum_extra::extract::CookieJar;
use guildhall::{
    Error,
    account::{AccountId, Browser, Role, Viewer},
    fairness::Submitter,
    moment::Zone,
    notice,
    origin::Origin,
    receipt, session as kept,
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, OnceLock},
    time::Duration,
};
use time::OffsetDateTime;
use tower_sessions::Session;

/// A request to a page: its viewer and how to answer it.
#[derive(Clone)]
pub(super) struct Visit {
    pub app: Web,
    pub session: Session,
    pub viewer: Option<Viewer>,
    /// True if the session could not be read, so that the visitor may be signed in.
    may_be_signed_in: bool,
    /// The visitor's network address, taking trusted proxies into account.
    pub address: IpAddr,
    pub user_agent: String,
    /// The host that the visitor reaches the site at, with the port or without, if the request names it.
    pub host: Option<String>,
    /// The device cookie's value, not verified yet.
    pub device_cookie: Option<String>,
    pub zone: Zone,
    /// The zone that the visitor chose; otherwise, `zone` is the device's as far as it is known.
    pub chosen_zone: Option<Zone>,
    /// True if the request has no effect when it is sent again.
    is_safe: bool,
    /// Path and query.
    pub path: String,
    /// The page that was requested, or that the form was on; it can be requested with GET.
    pub page_path: String,
    /// The form submitted without a session or a confirmed address, once it has been parsed.
    pub savable_form: Arc<OnceLock<SavableForm>>,
    /// The page the form was on, once a form that names it has been parsed.
    pub form_page: Arc<OnceLock<String>>,
    /// True if the database is down, so that the page is rendered from memory.
    is_outage: bool,
    /// True if the sender is one of our scripts, which wants data instead of a page.
    pub wants_json: bool,
    theme: Theme,
    now: OffsetDateTime,
}

impl Visit {
    /// # Errors
    /// `SignInRequired`; `Busy` or `Unreachable` if the session cannot be read.
    pub fn signed_in(&self) -> Result<&Viewer, Error> {
        self.viewer.as_ref().ok_or(if self.may_be_signed_in {
            if outage::is_memory_only() {
                outage::unreachable(false)
            } else {
                let retry_after = Duration::from_secs(1);
                Error::Busy { retry_after }
            }
        } else {
            Error::SignInRequired
        })
    }

    /// This browser, which stays signed in when all others are signed out.
    ///
    /// # Errors
    /// `SignInRequired`, `Busy` or `Unexpected`.
    pub async fn browser(&self) -> Result<Browser, Error> {
        let viewer = self.signed_in()?;
        let token = session::token(&self.session);
        let db = &mut *self.app.pool.acquire().await?;
        let (_, session) = kept::of_account(db, viewer.account, &token).await?;
        Ok(Browser {
            address: self.address,
            session,
            device: device::of(self).await?,
        })
    }

    /// The request's origin, for limits.
    pub fn origin(&self) -> Origin {
        Origin::of(self.address)
    }

    /// The client that heavy work is done for.
    pub fn client(&self) -> Submitter {
        match &self.viewer {
            Some(viewer) => Submitter::known(self.address, viewer.account),
            None => Submitter::stranger(self.address),
        }
    }

    /// True if the page is rendered in the device's zone, and may be loaded again if that has changed.
    pub const fn follows_device(&self) -> bool {
        self.is_safe && self.chosen_zone.is_none()
    }

    /// The database's clock when the request arrived.
    pub const fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The color theme the visitor chose.
    pub const fn theme(&self) -> Theme {
        self.theme
    }

    /// # Errors
    /// `SignInRequired`, or `NotAllowed` for an account of the other role.
    pub fn signed_in_as(&self, role: Role) -> Result<&Viewer, Error> {
        let viewer = self.signed_in()?;
        viewer.must_be(role)?;
        Ok(viewer)
    }

    /// Checks that the form was rendered for this visitor, whose account's number it sends along. The browser may have
    /// been signed in with another account since.
    ///
    /// # Errors
    /// `Refused(OtherAccount)`.
    pub fn must_be_sender(&self, form_of: &str) -> Result<(), Error> {
        match (&self.viewer, form_of.parse().map(AccountId)) {
            (Some(viewer), Ok(sender)) if viewer.account != sender => {
                Err(receipt::Refusal::OtherAccount.into())
            }
            _ => Ok(()),
        }
    }

    /// The viewer's number of unread notices; 0 if it can't be read now, because the page matters more than the bell.
    async fn unread(&self) -> i64 {
        let Some(viewer) = self.viewer.as_ref().filter(|_| !self.is_outage) else {
            return 0;
        };
        let read = async {
            let db = &mut *self.app.pool.acquire().await?;
            notice::unread(db, viewer.account).await
        };
        read.await.unwrap_or_default()
    }

    /// Renders a page.
    pub async fn page(self, page: impl Page) -> Result<Response, Failure> {
        self.page_with(StatusCode::OK, page).await
    }

    /// Renders a page with this status, together with the session's flash message.
    pub async fn page_with(self, status: StatusCode, page: impl Page) -> Result<Response, Failure> {
        // A message that can't be read now is shown later.
        let flash = if self.may_be_signed_in {
            None
        } else {
            session::take_flash(&self.session).await?
        };
        let unread = self.unread().await;
        let follows_device = self.follows_device() && flash.is_none();
        let as_of = outage::age().map(|age| self.now - age);
        let chrome = Chrome {
            options: self.app.options.clone(),
            base_url: self.app.settings.base_url.clone(),
            viewer: self.viewer,
            theme: self.theme,
            zone: self.zone,
            follows_device,
            now: self.now,
            path: self.path.split('?').next().unwrap_or_default().to_owned(),
            back: self.page_path,
            flash,
            unread,
            outage: self.is_outage.then_some(Outage { as_of }),
        };
        Ok(render(chrome, status, &self.app.settings, page).await?)
    }
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Web) -> Result<Self, Infallible> {
        // The layer that renders failures creates one visit per request; handlers reuse it.
        if let Some(visit) = parts.extensions.get::<Self>() {
            return Ok(visit.clone());
        }
        let session = parts
            .extensions
            .get::<Session>()
            .cloned()
            .unwrap_or_else(|| session::empty(app));
        let cookies = CookieJar::from_headers(&parts.headers);
        let cookie = |name: &str| cookie(&cookies, name);
        let viewer = session::viewer(&session).await;
        let (zone, chosen_zone) = zones(&cookies);
        Ok(Self {
            is_outage: outage::is_memory_only(),
            savable_form: Arc::default(),
            form_page: Arc::default(),
            may_be_signed_in: viewer.is_err(),
            viewer: viewer.unwrap_or_default(),
            address: address(parts, app.settings.trusted_proxies),
            device_cookie: cookies
                .get(device::cookie_name(app))
                .map(|cookie| cookie.value().to_owned()),
            user_agent: header_text(&parts.headers, header::USER_AGENT),
            host: host(parts),
            zone,
            chosen_zone,
            is_safe: is_safe(&parts.method),
            path: parts
                .uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            wants_json: wants_json(&parts.headers),
            page_path: page_path(parts),
            theme: Theme::from_name(&cookie("theme")),
            now: clock(app).await,
            app: app.clone(),
            session,
        })
    }
}

/// What is known about a visitor without reading the session or the database.
pub(super) struct Stranger {
    uri: Uri,
    /// True if a browser displays the answer as a page.
    pub wants_html: bool,
    wants_json: bool,
    theme: Theme,
    zone: Zone,
    chosen_zone: Option<Zone>,
    is_safe: bool,
}

impl Stranger {
    pub fn of(request: &Request) -> Self {
        let cookies = CookieJar::from_headers(request.headers());
        let (zone, chosen_zone) = zones(&cookies);
        Self {
            uri: request.uri().clone(),
            wants_html: header_text(request.headers(), header::ACCEPT).contains("text/html"),
            wants_json: wants_json(request.headers()),
            theme: Theme::from_name(&cookie(&cookies, "theme")),
            zone,
            chosen_zone,
            is_safe: is_safe(request.method()),
        }
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }
}

impl Visit {
    /// A visit for an error page, which shows no time: nobody is signed in, and nothing is looked up.
    pub fn of_stranger(app: Web, stranger: Stranger) -> Self {
        let Stranger {
            uri,
            wants_json,
            theme,
            zone,
            chosen_zone,
            is_safe,
            ..
        } = stranger;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Self {
            session: session::empty(&app),
            // The error page itself reports the outage.
            is_outage: false,
            savable_form: Arc::default(),
            form_page: Arc::default(),
            app,
            viewer: None,
            may_be_signed_in: false,
            device_cookie: None,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            user_agent: String::new(),
            host: None,
            zone,
            chosen_zone,
            is_safe,
            path: path.to_owned(),
            page_path: path.to_owned(),
            wants_json,
            theme,
            now: OffsetDateTime::UNIX_EPOCH,
        }
    }
}

fn host(parts: &Parts) -> Option<String> {
    let host = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => parts.headers.get(header::HOST)?.to_str().ok()?,
    };
    Some(host.to_owned())
}

/// The value of a cookie with a display preference; scripts write `/` as `%2F`.
fn cookie(cookies: &CookieJar, name: &str) -> String {
    cookies
        .get(name)
        .map(|cookie| cookie.value().replace("%2F", "/"))
        .unwrap_or_default()
}

/// The zone in which times are shown, and the one that the visitor chose. The script of a page keeps the device's zone in
/// a cookie of its own, so that neither replaces the other.
fn zones(cookies: &CookieJar) -> (Zone, Option<Zone>) {
    let named = |name| Zone::by_name(&cookie(cookies, name)).ok();
    let chosen = named("time_zone");
    let zone = chosen.clone().or_else(|| named("device_zone"));
    (zone.unwrap_or_default(), chosen)
}

fn is_safe(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// The database's clock. An error page must render without a database too, and only countdowns need the exact time.
async fn clock(app: &Web) -> OffsetDateTime {
    match app.pages.clock(&app.pool).await {
        Ok(now) => now,
        Err(_) => last_clock(app).await,
    }
}

/// The last known database clock, or else the server's own.
async fn last_clock(app: &Web) -> OffsetDateTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "the database has never answered, and no rule depends on what such a page shows"
    )]
    app.pages
        .last_clock()
        .await
        .unwrap_or_else(OffsetDateTime::now_utc)
}

/// True if the sender is one of our scripts, which wants data instead of a page.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = header_text(headers, header::ACCEPT);
    ["application/json", "text/event-stream"]
        .iter()
        .any(|kind| accepted.starts_with(kind))
}

/// The page that was requested or that a form was on. A form's own path may not support GET, so the page's path is
/// taken from the Referer, which our pages always send.
fn page_path(parts: &Parts) -> String {
    if is_safe(&parts.method) {
        return parts
            .uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string);
    }
    let referer = header_text(&parts.headers, header::REFERER);
    let page = referer
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.path_and_query().map(ToString::to_string));
    page.unwrap_or_else(|| "/dashboard".to_owned())
}
