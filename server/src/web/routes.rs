use super::App;
use axum::{Router, handler::Handler, http::Method, routing};

/// Routes that are known by name: axum's own router can't be asked what it has.
#[derive(Default)]
pub(super) struct Routes {
    pub router: Router<App>,
    pub known: Vec<(Method, String)>,
}

impl Routes {
    /// Adds a door for `GET`, and so for `HEAD`.
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &str, door: H) -> Self {
        self.with(Method::GET, path, routing::get(door))
    }

    /// Adds a door for `POST`.
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &str, door: H) -> Self {
        self.with(Method::POST, path, routing::post(door))
    }

    /// Adds those of another part.
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
