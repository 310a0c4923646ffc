use super::Page;
use crate::form::Form;
use leptos::prelude::*;

/// How the site looks: the time zone and the theme; for everybody, signed in or not.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Field `time_zone`, posted to /settings/time-zone.
    pub form: Form,
}

impl Page for Settings {
    fn title(&self) -> String {
        "Settings".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
