//! The data behind the documentation pages. The server reads it from the OpenAPI document, so that the two never
//! differ. Members that end in `_html` are sanitized HTML.

/// The whole reference.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// The site's public URL, without a trailing slash.
    pub base_url: String,
    /// The scopes: the name, and a sentence that says what it allows and for whom.
    pub scopes: Vec<(String, String)>,
    pub groups: Vec<Group>,
    /// Objects that several responses contain.
    pub objects: Vec<Object>,
    pub problems: Vec<ProblemEntry>,
}

impl Reference {
    /// Finds a call by its slug.
    #[must_use]
    pub fn call(&self, slug: &str) -> Option<&ApiCall> {
        let calls = self.groups.iter().flat_map(|group| &group.calls);
        calls.into_iter().find(|call| call.slug == slug)
    }
}

/// Calls on the same topic.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub description_html: String,
    pub calls: Vec<ApiCall>,
}

#[derive(Debug, Clone)]
pub struct ApiCall {
    /// The operation's id in the document, and the anchor of its section.
    pub slug: String,
    pub title: String,
    pub description_html: String,
    pub method: String,
    pub path: String,
    pub access: Access,
    /// Path and query parameters.
    pub parameters: Vec<Member>,
    /// The names of the request headers it accepts besides the token; each means the same for all calls.
    pub headers: Vec<String>,
    pub body: Vec<Member>,
    pub response: CallResponse,
    pub refusals: Vec<DocumentedRefusal>,
    /// The call as a curl command.
    pub curl: String,
}

/// Who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody; with a token that has this scope, the response contains more.
    Everybody { more_with: Option<String> },
    /// Callers whose token has this scope.
    Scope(String),
}

/// The response of a successful call.
#[derive(Debug, Clone, Default)]
pub struct CallResponse {
    pub status: String,
    pub description_html: String,
    /// The name of the object it contains; if `None`, its members are listed here.
    pub object: Option<String>,
    pub members: Vec<Member>,
    /// Headers by name, with their descriptions.
    pub headers: Vec<(String, String)>,
    /// An example as indented JSON.
    pub example: String,
}

/// An error status, with its problems.
#[derive(Debug, Clone)]
pub struct DocumentedRefusal {
    pub status: String,
    /// Slug and title.
    pub problems: Vec<(String, String)>,
}

/// A named JSON object.
#[derive(Debug, Clone)]
pub struct Object {
    pub name: String,
    pub description_html: String,
    pub members: Vec<Member>,
    /// An example as indented JSON, if it is helpful.
    pub example: Option<String>,
}

/// A parameter, or a member of an object.
#[derive(Debug, Clone, Default)]
pub struct Member {
    pub name: String,
    /// The location of a parameter: `path` or `query`.
    pub location: Option<String>,
    /// The type, such as `string`, or `array of Project`, whose last word is the object's name.
    pub kind: String,
    pub object: Option<String>,
    /// True if it must be sent, or is always present in responses.
    pub required: bool,
    pub description_html: String,
    /// The accepted range, in words: `1 to 400`.
    pub limits: Option<String>,
    pub choices: Vec<String>,
    pub default: Option<String>,
}

/// A kind of problem.
#[derive(Debug, Clone)]
pub struct ProblemEntry {
    pub slug: String,
    pub title: String,
    pub status: u16,
    /// The status's reason phrase: `Not Found`.
    pub reason: String,
    pub advice_html: String,
    /// The problem's `type`, a URL.
    pub address: String,
    /// An example response as indented JSON.
    pub example: String,
    /// The calls that can return it: slug and title. Empty if any call can.
    pub calls: Vec<(String, String)>,
}
