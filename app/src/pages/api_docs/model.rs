//! What the pages say of the API. The server reads it from the document that programs read, so that the two never differ.
//! Members that end in `_html` are sanitised HTML.

/// The whole reference.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// Where programs reach the site, without a slash at the end.
    pub base_url: String,
    /// What a token may allow: the scope's name and what it is in plain words, as the end of "It may …".
    pub scopes: Vec<(String, String)>,
    pub groups: Vec<Group>,
    /// What several answers are made of.
    pub objects: Vec<Object>,
    pub problems: Vec<ProblemKind>,
}

impl Reference {
    /// The call of this name.
    #[must_use]
    pub fn call(&self, slug: &str) -> Option<&Call> {
        let calls = self.groups.iter().flat_map(|group| &group.calls);
        calls.into_iter().find(|call| call.slug == slug)
    }
}

/// Calls about the same.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub words_html: String,
    pub calls: Vec<Call>,
}

/// A method and a path.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation's name in the document, and the anchor of its part of the page.
    pub slug: String,
    pub title: String,
    pub words_html: String,
    pub method: String,
    pub path: String,
    pub access: Access,
    /// In the path and the query.
    pub parameters: Vec<Member>,
    /// The names of headers that it takes beside the token; what they mean is the same for all calls.
    pub headers: Vec<String>,
    pub body: Vec<Member>,
    pub answer: Answer,
    pub refusals: Vec<Refusal>,
    /// How it is called with curl.
    pub curl: String,
}

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody, and a token with this scope shows more.
    Everybody { more_with: Option<String> },
    /// Who has a token with this scope.
    Scope(String),
}

/// What comes back when all is well.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: String,
    pub words_html: String,
    /// The object that it is, by its name; otherwise its members are here.
    pub object: Option<String>,
    pub members: Vec<Member>,
    /// Headers by name, with what they say.
    pub headers: Vec<(String, String)>,
    /// An example as indented JSON.
    pub example: String,
}

/// A status other than that, and the problems that have it.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: String,
    pub words_html: String,
    /// Slug and title.
    pub problems: Vec<(String, String)>,
}

/// A JSON object that has a name.
#[derive(Debug, Clone)]
pub struct Object {
    pub name: String,
    pub words_html: String,
    pub members: Vec<Member>,
    /// An example as indented JSON, where it says something.
    pub example: Option<String>,
}

/// A parameter, or a member of an object.
#[derive(Debug, Clone, Default)]
pub struct Member {
    pub name: String,
    /// Where it stands when it is no member: `path` or `query`.
    pub place: Option<String>,
    /// Such as `string` or `array of Project`, whose last word is then the object's name.
    pub kind: String,
    pub object: Option<String>,
    /// It must be sent, or is always answered.
    pub required: bool,
    pub words_html: String,
    /// What is taken, in words: `1 to 400`.
    pub limits: Option<String>,
    pub choices: Vec<String>,
    pub default: Option<String>,
}

/// A kind of problem.
#[derive(Debug, Clone)]
pub struct ProblemKind {
    pub slug: String,
    pub title: String,
    pub status: u16,
    /// The status in words: `Not Found`.
    pub reason: String,
    pub advice_html: String,
    /// The `type` in its answers.
    pub address: String,
    /// An answer of the kind as indented JSON.
    pub example: String,
    /// The calls that can meet it: slug and title. None where any can.
    pub calls: Vec<(String, String)>,
}
