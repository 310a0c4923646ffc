//! A saved draft that is open in several windows.

use crate::{
    refusal,
    support::{Answer, Client, count, site},
};
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

/// The edit page of a draft in one of its seller's windows.
struct Window {
    draft: i64,
    key: String,
    /// The hidden field that tells its window and the draft's version.
    field: String,
}

impl Window {
    /// Opens the draft at this path, which may choose an autosave.
    async fn open(seller: &mut Client, path: &str) -> (Self, Answer) {
        let page = seller.get(path).await.is(200);
        let draft = path.split('/').nth(2).unwrap().parse().unwrap();
        (Self::on(draft, &page), page)
    }

    fn on(draft: i64, page: &Answer) -> Self {
        let field = value_of(page, "window");
        let key = page.form_key();
        Self { draft, key, field }
    }

    /// Calls the function with this name in the form, as an island does.
    async fn call(&self, seller: &mut Client, function: &str, name: &str) -> Answer {
        let arguments = json!({
            "draft": self.draft,
            "fields": fields(name).into_iter().collect::<serde_json::Map<_, _>>(),
            "form_key": self.key,
            "window": self.field,
        });
        seller.call(function, &arguments).await
    }

    /// Sends the form with this name by a button, and the fields in `more`, as a browser does.
    async fn press_button(
        &self,
        seller: &mut Client,
        intent: &str,
        name: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let fields = fields(name);
        let own = fields
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str().unwrap()));
        let technical = [
            ("form_key", self.key.as_str()),
            ("window", self.field.as_str()),
            ("intent", intent),
        ];
        let sent: Vec<_> = own.chain(technical).chain(more.iter().copied()).collect();
        seller
            .post(&format!("/projects/{}/edit", self.draft), &sent)
            .await
    }
}

fn fields(name: &str) -> Vec<(String, Value)> {
    let empty = [
        "summary",
        "description",
        "category",
        "skills",
        "budget",
        "deadline",
    ];
    let hidden = ["deadline_hour", "deadline_shown"];
    let typed = [("name", name), ("currency", "EUR"), ("time_zone", "UTC")];
    let blank = empty.into_iter().chain(hidden).map(|field| (field, ""));
    let all = typed.into_iter().chain(blank);
    all.map(|(field, text)| (field.to_owned(), text.into()))
        .collect()
}

/// The value of the page's hidden field.
fn value_of(page: &Answer, field: &str) -> String {
    let start = format!("name=\"{field}\" value=\"");
    let (_, after) = page
        .body
        .split_once(&start)
        .expect("the page has the field");
    after.split('"').next().unwrap().to_owned()
}

/// Saves a new draft with this name and returns the path of its form.
async fn save_new(seller: &mut Client, name: &str) -> String {
    let fields: serde_json::Map<_, _> = fields(name).into_iter().collect();
    let arguments = json!({ "draft": null, "fields": fields, "form_key": crate::key() });
    let answer = seller.call("save-draft", &arguments).await.is(200);
    let done: Value = serde_json::from_str(&answer.body).unwrap();
    done["location"].as_str().unwrap().to_owned()
}

async fn name(pool: &PgPool) -> String {
    let name = sqlx::query_scalar("select name from project");
    name.fetch_one(pool).await.unwrap()
}

/// Asserts that the page asks what to do with a form that is older than its draft.
fn assert_asks(page: Answer, typed: &str) -> Answer {
    let page = page
        .is(409)
        .says("This draft was changed in another window.");
    assert!(page.body.contains(typed), "what was typed is kept");
    assert!(
        page.body.contains("target=\"_blank\""),
        "the newer one can be opened"
    );
    page
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_saved_in_another_window_is_replaced_only_knowingly(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = save_new(&mut seller, "Sign").await;
    let (first, _) = Window::open(&mut seller, &path).await;
    let (second, _) = Window::open(&mut seller, &path).await;
    first
        .call(&mut seller, "save-draft", "Sign for a bakery")
        .await
        .is(200);

    let refused = second
        .call(&mut seller, "save-draft", "Sign for a school")
        .await
        .is(409);
    assert_eq!(refusal(&refused).0, "conflict");
    for intent in ["draft", "draft-anyway"] {
        assert_asks(
            second
                .press_button(&mut seller, intent, "Sign for a school", &[])
                .await,
            "Sign for a school",
        );
    }
    assert_eq!(name(&pool).await, "Sign for a bakery");
    // The draft's current contents can be saved from any window.
    second
        .press_button(&mut seller, "draft", "Sign for a bakery", &[])
        .await
        .is(303);

    let (third, page) = Window::open(&mut seller, &path).await;
    assert!(page.body.contains("Sign for a bakery"));
    let page = assert_asks(
        second
            .press_button(&mut seller, "draft", "Sign for a school", &[])
            .await,
        "school",
    );
    let version = value_of(&page, "replaces");
    third
        .press_button(&mut seller, "draft", "Sign for a café", &[])
        .await
        .is(303);
    let anyway = async |seller: &mut Client, replaced: &str| {
        let replaced = [("replaces", replaced)];
        second
            .press_button(seller, "draft-anyway", "Sign for a school", &replaced)
            .await
    };
    // The seller has not seen this version yet.
    let page = assert_asks(anyway(&mut seller, &version).await, "Sign for a school");
    assert_eq!(name(&pool).await, "Sign for a café");
    anyway(&mut seller, &value_of(&page, "replaces"))
        .await
        .is(303);
    assert_eq!(name(&pool).await, "Sign for a school");
    // Sent twice, it has no second effect.
    anyway(&mut seller, &value_of(&page, "replaces"))
        .await
        .is(303);
    assert_asks(
        third
            .press_button(&mut seller, "draft", "Sign for a café", &[])
            .await,
        "café",
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_older_form_of_a_draft_is_not_published(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = save_new(&mut seller, "Sign").await;
    let (first, _) = Window::open(&mut seller, &path).await;
    let (second, _) = Window::open(&mut seller, &path).await;
    first
        .call(&mut seller, "save-draft", "Sign for a bakery")
        .await
        .is(200);
    let deadline = crate::support::deadline(&pool, 3600).await;
    let complete = [
        ("summary", "Letters"),
        ("description", "Two panes of glass, lettered by hand."),
        ("category", "trades"),
        ("budget", "1000"),
        ("deadline", deadline.as_str()),
    ];
    for intent in ["review", "publish"] {
        let mut fields = fields("Sign for a school");
        fields.retain(|(name, _)| !complete.iter().any(|(other, _)| name == other));
        let own = fields
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str().unwrap()));
        let technical = [
            ("form_key", second.key.as_str()),
            ("window", second.field.as_str()),
            ("intent", intent),
        ];
        let sent: Vec<_> = own.chain(technical).chain(complete).collect();
        assert_asks(seller.post(&path, &sent).await, "Sign for a school");
    }
    assert_eq!(count(&pool, "project where state = 'open'").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn one_window_may_send_its_form_again_and_corrected(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = save_new(&mut seller, "Sign").await;
    let (window, _) = Window::open(&mut seller, &path).await;
    // The answers may have been lost, so the window still shows the first version. The last one wins.
    for text in ["Sign, long", "Sign, longer", "Sign, long"] {
        window.call(&mut seller, "save-draft", text).await.is(200);
        window
            .press_button(&mut seller, "draft", text, &[])
            .await
            .is(303);
        assert_eq!(name(&pool).await, text);
    }
    let (_, page) = Window::open(&mut seller, &path).await;
    let other = Window::on(window.draft, &page);
    window
        .press_button(&mut seller, "draft", "Sign, long", &[])
        .await
        .is(303);
    // A form that is sent again changes nothing, so the other window is not behind.
    other
        .press_button(&mut seller, "draft", "Sign, other", &[])
        .await
        .is(303);
    assert_asks(
        window
            .press_button(&mut seller, "draft", "Sign, long", &[])
            .await,
        "Sign, long",
    );
    assert_eq!(name(&pool).await, "Sign, other");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn saving_a_draft_keeps_what_was_typed_in_another_window(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = save_new(&mut seller, "Sign").await;
    let (first, _) = Window::open(&mut seller, &path).await;
    let (second, _) = Window::open(&mut seller, &path).await;
    let saved = second
        .call(&mut seller, "autosave-project", "Sign for a school")
        .await
        .is(200);
    assert!(!saved.body.contains("another window"), "{}", saved.body);
    first
        .call(&mut seller, "autosave-project", "Sign for a bakery")
        .await
        .is(200);
    first
        .call(&mut seller, "save-draft", "Sign for a bakery")
        .await
        .is(200);
    let saved = second
        .call(&mut seller, "autosave-project", "Sign for a school")
        .await
        .is(200);
    assert!(
        saved
            .body
            .contains("The draft was changed in another window"),
        "{}",
        saved.body
    );

    // The page has what was saved, and offers the rest.
    let (_, page) = Window::open(&mut seller, &path).await;
    let page = page.says("You typed this in other windows and have not saved it in the draft:");
    assert_eq!(
        page.body.matches("?continue=").count(),
        1,
        "only the other window's"
    );
    assert!(page.body.contains("Sign for a bakery"));
    let (_, after) = page.body.split_once("/edit?continue=").unwrap();
    let chosen: String = after.chars().take_while(char::is_ascii_digit).collect();
    let (restored, page) = Window::open(&mut seller, &format!("{path}?continue={chosen}")).await;
    assert!(page.body.contains("Sign for a school"));
    let page = assert_asks(
        restored
            .press_button(&mut seller, "draft", "Sign for a school", &[])
            .await,
        "school",
    );
    let replaced = value_of(&page, "replaces");
    let replaced = [("replaces", replaced.as_str())];
    restored
        .press_button(&mut seller, "draft-anyway", "Sign for a school", &replaced)
        .await
        .is(303);
    let (_, page) = Window::open(&mut seller, &path).await;
    assert!(!page.body.contains("?continue="), "nothing is left to save");
    assert_eq!(name(&pool).await, "Sign for a school");
}
