use super::Page;
use crate::form::Form;
use guildhall::{
    account::Contact,
    session::{Session, SessionId},
};
use leptos::prelude::*;

/// One's own account: the password and the sessions.
#[derive(Debug, Clone)]
pub struct Account {
    pub contact: Contact,
    pub sessions: Vec<Session>,
    pub current: Option<SessionId>,
    /// Fields `present_password` and `new_password`, posted to /account/password.
    pub form: Form,
}

impl Page for Account {
    fn title(&self) -> String {
        "Your account".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
