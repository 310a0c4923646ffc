//! The form that renames a saved search and changes how often its owner is told.

use super::{SearchFields, filters};
use crate::{
    components::{ErrorSummary, UserText},
    form::Form,
    pages::Page,
};
use guildhall::saved_search::SavedSearch;
use leptos::prelude::*;

/// One of the viewer's saved searches.
#[derive(Debug, Clone)]
pub struct ChangeSearch {
    pub search: SavedSearch,
    /// Fields `name` and `frequency`, posted to /account/searches/{id}.
    pub form: Form,
}

impl Page for ChangeSearch {
    fn title(&self) -> String {
        format!("{}Change a saved search", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Rename one of your saved searches on Guildhall, or change how often you are told of new projects."
            .to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { search, form } = self;
        let path = format!("/account/searches/{}", search.id.0);
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account/searches">"Saved searches"</a></p>
                        <h1 class="breakable"><UserText text=search.name/></h1>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    <section class="panel stack" aria-labelledby="search-title">
                        <h2 class="panel-title mb-0" id="search-title">"What you look for"</h2>
                        {filters(&search.filter)}
                        <p><a class="link" href=search.filter.path(None)>"See the open projects that fit"</a></p>
                    </section>
                    <form class="form" method="post" action=path novalidate>
                        <SearchFields form/>
                        <div class="actions">
                            <button class="btn btn-primary" type="submit">"Save changes"</button>
                        </div>
                    </form>
                </div>
            </div>
        }
        .into_any()
    }
}
