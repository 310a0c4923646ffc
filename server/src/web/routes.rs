use super::App;
use axum::{Router, handler::Handler, http::Method, routing};

/// Routes whose paths can be listed, which axum's own router cannot do.
#[derive(Default)]
pub(super) struct Routes {
    pub router: Router<App>,
    pub known: Vec<(Method, String)>,
}

impl Routes {
    /// Adds a handler for `GET`, and so for `HEAD`.
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &str, door: H) -> Self {
        self.with(Method::GET, path, routing::get(door))
    }

    /// Adds a handler for `POST`.
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &str, door: H) -> Self {
        self.with(Method::POST, path, routing::post(door))
    }

    /// Adds the routes of another part.
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.known.extend(other.known);
        self
    }

    fn with(mut self, method: Method, path: &str, door: routing::MethodRouter<App>) -> Self {
        self.router = self.router.route(path, door);
        self.known.push((method, path.to_owned()));
        self
    }
}
