//! Ends one kind of mail, without a sign-in.

use crate::pages::Page;
use guildhall::notice::NoticeKind;
use leptos::{either::Either, prelude::*};

/// Asks whether to unsubscribe, or confirms that it is done.
#[derive(Debug, Clone)]
pub struct Unsubscribe {
    pub kind: NoticeKind,
    /// The page's own address, which takes the answer.
    pub path: String,
    pub is_done: bool,
}

impl Page for Unsubscribe {
    fn title(&self) -> String {
        if self.is_done {
            "You are unsubscribed"
        } else {
            "Unsubscribe"
        }
        .to_owned()
    }

    fn description(&self) -> String {
        "Ends one kind of mail from Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let title = self.title();
        let Self {
            kind,
            path,
            is_done,
        } = self;
        let choices = view! {
            <p class="mt-4"><a class="link" href="/account/notices">"Choose everything you are told"</a></p>
        };
        let content = if is_done {
            Either::Left(view! {
                <p>"You will get no more mail about this: " <strong>{kind.choice()}</strong> "."</p>
            })
        } else {
            Either::Right(view! {
                <form class="form" method="post" action=path>
                    <p>"Stop mail about this: " <strong>{kind.choice()}</strong> "? It still appears on the site."</p>
                    <div class="actions">
                        <button class="btn btn-primary" type="submit">"Unsubscribe"</button>
                    </div>
                </form>
            })
        };
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head"><h1>{title}</h1></header>
                {content}
                {choices}
            </div>
        }
        .into_any()
    }
}
