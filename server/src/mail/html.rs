//! The HTML part of a letter.
//!
//! The template is MJML, which mrml turns into the nested tables that mail programs show alike. askama escapes every
//! value. Nothing is loaded from anywhere: no picture, no font.

use super::letter::{Block, Link};
use askama::Template;
use mrml::prelude::{parser::ParserOptions, render::RenderOptions};
use std::collections::HashMap;

/// The values in the template. All texts are single lines.
#[derive(Template)]
#[template(path = "letter.mjml", escape = "html")]
pub(super) struct HtmlPart<'a> {
    pub home: &'a str,
    pub subject: &'a str,
    pub preheader: &'a str,
    pub blocks: &'a [Block],
    pub button: Option<&'a Link>,
    pub why: &'a str,
    pub footer: &'a [Link],
}

impl HtmlPart<'_> {
    /// # Errors
    /// None is known: the template is fixed, and its values are escaped.
    pub fn render_html(&self) -> anyhow::Result<String> {
        let mjml = self.render()?;
        let parsed = mrml::parse_with_options(&mjml, &ParserOptions::default())?;
        let options = RenderOptions {
            disable_comments: false,
            social_icon_origin: None,
            // By default, mrml would load fonts from another site.
            fonts: HashMap::new(),
        };
        Ok(parsed.element.render(&options)?)
    }
}
