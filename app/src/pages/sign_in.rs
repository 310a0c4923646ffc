use super::Page;
use crate::form::Form;
use leptos::prelude::*;

/// Signing in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Fields `email` and `password`, and `next`, the path to go on to; posted to /sign-in.
    pub form: Form,
}

impl Page for SignIn {
    fn title(&self) -> String {
        "Sign in".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
