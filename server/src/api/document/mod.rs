//! The description of the API: its OpenAPI document for programs, and the reference for people, generated from it.

mod description;
mod example;
mod layout;
mod openapi;
mod reference;
mod webhooks;

pub(crate) use description::ApiDescription;
pub(crate) use openapi::Document;
