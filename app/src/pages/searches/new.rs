//! The form that saves a search of the list of open projects.

use super::{SearchFields, filters};
use crate::{
    components::{ErrorSummary, FormKey},
    form::Form,
    pages::Page,
};
use guildhall::saved_search::SavedFilter;
use leptos::prelude::*;

/// What is saved, under which name, and how often the viewer is told.
#[derive(Debug, Clone)]
pub struct SaveSearch {
    pub filter: SavedFilter,
    /// True if the list had filters that can't be saved, because they change from day to day.
    pub leaves_out: bool,
    /// Fields `name` and `frequency`, and those of the filter, posted to /account/searches.
    pub form: Form,
}

impl Page for SaveSearch {
    fn title(&self) -> String {
        format!("{}Save this search", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Save a search of the open projects on Guildhall, and be told of new projects that fit."
            .to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            filter,
            leaves_out,
            form,
        } = self;
        let back = filter.path(None);
        let hidden = filter
            .pairs()
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect_view();
        let left_out = leaves_out.then(|| {
            view! {
                <p class="small muted">
                    "“Closing today”, “no bids yet” and “new since my last visit” are not saved: they would mean something else every day."
                </p>
            }
        });
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href=back>"Open projects"</a></p>
                        <h1>"Save this search"</h1>
                        <p class="lead">"We tell you of new projects that fit."</p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    <section class="panel stack" aria-labelledby="search-title">
                        <h2 class="panel-title mb-0" id="search-title">"What you look for"</h2>
                        {filters(&filter)}
                        {left_out}
                    </section>
                    <form class="form" method="post" action="/account/searches" novalidate>
                        <FormKey key=form.key()/>
                        {hidden}
                        <SearchFields form/>
                        <div class="actions">
                            <button class="btn btn-primary" type="submit">"Save search"</button>
                        </div>
                    </form>
                </div>
            </div>
        }
        .into_any()
    }
}
