//! The description of the API: its OpenAPI document for programs, and the reference for people, generated from it.

mod described;
mod example;
mod layout;
mod openapi;
mod reference;

pub(crate) use described::Described;
pub(crate) use openapi::Document;
