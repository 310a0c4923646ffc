//! What a program asks of a person: parsed, validated, and narrowed to the person's role.

use super::redirect::ReturnRedirect;
use crate::web::{Web, failure::Failure, oauth::params::Params};
use guildhall::{
    account::Viewer,
    oauth::{self, AuthorizationRequest, Challenge, OauthError},
    token::Scopes,
};
use url::form_urlencoded;

const PATH: &str = "/oauth/authorize";
/// The longest request that survives the detour through the sign-in page.
const LONGEST: usize = crate::web::sign_in::LONGEST_PATH;
/// The longest `state` that is returned.
const LONGEST_STATE: usize = 1000;
/// The request parameters that the consent form carries.
pub(super) const PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// A validated request, and when to ask the user.
pub(super) struct ConsentRequest {
    pub authorization: AuthorizationRequest,
    /// Requested scopes that the signed-in account's role can't use.
    pub left_out: Scopes,
    state: Option<String>,
    pub prompt: Prompt,
    /// The raw parameters, for the form and for the detour through the sign-in page.
    pub parameters: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    WhenNeeded,
    Always,
    Never,
}

/// Why a request stops.
pub(super) enum StopReason {
    /// The program or the redirect URI cannot be trusted: the error is shown here, without a redirect (RFC 9700,
    /// section 4.11).
    Here(String),
    Back(Box<ReturnRedirect>, OauthError),
}

pub(super) async fn read(
    app: &Web,
    params: &Params,
) -> Result<Result<ConsentRequest, StopReason>, Failure> {
    let stopped = |message: &str| Ok(Err(StopReason::Here(message.to_owned())));
    let Some(client_id) = params.single("client_id") else {
        return stopped("The app did not identify itself.");
    };
    let client = oauth::find_by_public_id(&mut *app.pool.acquire().await?, client_id).await?;
    let Some(client) = client else {
        return stopped("This app is not registered here; it may have been deleted.");
    };
    let Some(redirect_uri) = params.single("redirect_uri") else {
        return stopped("The app did not say where to send you back to.");
    };
    if !client.admits(redirect_uri) {
        return stopped("The app wants to send you to an address that it is not registered with.");
    }
    let redirect_uri = redirect_uri.to_owned();
    let state = params.single("state").filter(|state| is_state(state));
    let state = state.map(str::to_owned);
    let validated = validate(params).and_then(|(scopes, challenge, prompt)| {
        Ok((client.parse_scopes(scopes)?, challenge, prompt))
    });
    let (scopes, challenge, prompt) = match validated {
        Ok(validated) => validated,
        Err(denied) => {
            let return_redirect = ReturnRedirect {
                client,
                redirect_uri,
                state,
            };
            return Ok(Err(StopReason::Back(Box::new(return_redirect), denied)));
        }
    };
    let parameters: Vec<_> = PARAMETERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), params.get(name)?.to_owned())))
        .collect();
    let request = ConsentRequest {
        authorization: AuthorizationRequest {
            client,
            redirect_uri,
            scopes,
            challenge,
        },
        left_out: Scopes::default(),
        state,
        prompt,
        parameters,
    };
    if request.path().len() > LONGEST {
        return stopped("The app's request is too long.");
    }
    Ok(Ok(request))
}

/// Validates what can be validated without knowing the program.
fn validate(params: &Params) -> Result<(&str, Challenge, Prompt), OauthError> {
    params.ensure_well_formed()?;
    if params.get("state").is_some_and(|state| !is_state(state)) {
        return Err(OauthError::InvalidRequest(
            "state must be at most 1000 printable ASCII characters.",
        ));
    }
    match params.require("response_type", "response_type is missing.")? {
        "code" => {}
        _ => return Err(OauthError::UnsupportedResponseType),
    }
    if params
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(OauthError::InvalidRequest("response_mode must be query."));
    }
    let challenge = Challenge::parse(
        params.get("code_challenge"),
        params.get("code_challenge_method"),
    )?;
    let prompt = match params.get("prompt") {
        None => Prompt::WhenNeeded,
        Some("consent") => Prompt::Always,
        Some("none") => Prompt::Never,
        // If another value were ignored, the program might believe that somebody has just signed in.
        Some(_) => {
            return Err(OauthError::InvalidRequest(
                "prompt must be none or consent.",
            ));
        }
    };
    let scope = params.get("scope").ok_or(OauthError::InvalidScope)?;
    Ok((scope, challenge, prompt))
}

/// RFC 6749, appendix A.5.
fn is_state(state: &str) -> bool {
    state.len() <= LONGEST_STATE && state.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

impl ConsentRequest {
    pub fn return_redirect(&self) -> ReturnRedirect {
        ReturnRedirect {
            client: self.authorization.client.clone(),
            redirect_uri: self.authorization.redirect_uri.clone(),
            state: self.state.clone(),
        }
    }

    /// The request without the scopes that the viewer's role can't use; an error if nothing is left.
    pub fn without_unusable_scopes(
        mut self,
        viewer: &Viewer,
    ) -> Result<Self, Box<(ReturnRedirect, OauthError)>> {
        match self.authorization.drop_unusable_scopes(viewer.role) {
            Ok(left_out) => Ok(Self { left_out, ..self }),
            Err(denied) => Err(Box::new((self.return_redirect(), denied))),
        }
    }

    /// The path to return to after the sign-in.
    pub fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.parameters);
        if self.prompt == Prompt::Always {
            query.append_pair("prompt", "consent");
        }
        format!("{PATH}?{}", query.finish())
    }
}
