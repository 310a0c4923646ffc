//! What describes the API: its OpenAPI document for programs, and the reference that people read, made from it.

mod described;
mod example;
mod layout;
mod openapi;
mod reference;

pub(crate) use described::Described;
pub(crate) use openapi::Document;
