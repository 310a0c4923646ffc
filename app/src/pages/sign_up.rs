use super::Page;
use crate::form::Form;
use leptos::prelude::*;

/// Signing up.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// Fields `role`, `name`, `email` and `password`, posted to /sign-up.
    pub form: Form,
}

impl Page for SignUp {
    fn title(&self) -> String {
        "Sign up".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
