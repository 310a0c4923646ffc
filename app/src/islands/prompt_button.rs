//! A button that has the browser make or use a passkey, or show notifications.

use super::{ready::ready, signals};
use leptos::{html, prelude::*};

/// The browser's answer is sent with the form around the button, in the field `credential`. Hidden without JavaScript, and in
/// browsers that can't do it here.
#[island(lazy)]
pub fn PromptButton(
    /// The options to create a passkey or to subscribe to notifications, as JSON; empty to use a passkey.
    options: String,
    /// True if the browser also offers passkeys in the page's field for the e-mail.
    in_field: bool,
    /// True to show notifications.
    is_push: bool,
    /// The button's label.
    children: Children,
) -> impl IntoView {
    let credential = NodeRef::<html::Input>::new();
    let is_able = RwSignal::new(false);
    let message = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    let press =
        browser::Prompt::new(credential, message, options, in_field, is_push).set_up(is_able);
    #[cfg(not(feature = "hydrate"))]
    drop((options, in_field, is_push));
    view! {
        <div
            class="stack stack-sm"
            hidden=signals::flag(move || !is_able.get())
            data-ready=ready()
        >
            <input type="hidden" name="credential" node_ref=credential/>
            <button
                class="btn btn-outline btn-wide"
                type="submit"
                on:click=move |event| {
                    // The form is sent once the browser has answered.
                    event.prevent_default();
                    #[cfg(feature = "hydrate")]
                    press();
                }
            >
                {children()}
            </button>
            <p
                class="field-error"
                role="alert"
                hidden=signals::flag(move || message.with(String::is_empty))
            >
                {signals::text(move || message.get())}
            </p>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::{
        islands::signals::effect,
        writes::{BeginPasskeySignIn, ServerCall},
    };
    use js_sys::{Promise, Reflect};
    use leptos::{html, prelude::*, task::spawn_local};
    use send_wrapper::SendWrapper;
    use std::{cell::Cell, rc::Rc};
    use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortController, AbortSignal};

    #[wasm_bindgen]
    extern "C" {
        /// `CredentialCreationOptions` or `CredentialRequestOptions` (Credential Management, section 2.3).
        type Options;
        #[wasm_bindgen(method, setter, js_name = publicKey)]
        fn set_public_key(this: &Options, options: &JsValue);
        #[wasm_bindgen(method, setter)]
        fn set_signal(this: &Options, signal: &AbortSignal);

        #[wasm_bindgen(catch, js_namespace = JSON)]
        fn parse(text: &JsValue) -> Result<JsValue, JsValue>;
        /// Calls the credential's own `toJSON`.
        #[wasm_bindgen(catch, js_namespace = JSON)]
        fn stringify(value: &JsValue) -> Result<String, JsValue>;
        #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseCreationOptionsFromJSON)]
        fn creation_options(json: &JsValue) -> Result<JsValue, JsValue>;
        #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseRequestOptionsFromJSON)]
        fn request_options(json: &JsValue) -> Result<JsValue, JsValue>;
        #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = isConditionalMediationAvailable)]
        fn can_offer_in_field() -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_namespace = ["navigator", "serviceWorker"])]
        fn register(path: &str) -> Result<Promise, JsValue>;
        #[wasm_bindgen(thread_local_v2, js_namespace = ["navigator", "serviceWorker"], js_name = ready)]
        static READY: Promise;
        /// `ServiceWorkerRegistration`.
        type Registration;
        #[wasm_bindgen(method, getter, js_name = pushManager)]
        fn push_manager(this: &Registration) -> PushManager;
        type PushManager;
        #[wasm_bindgen(method, js_name = getSubscription)]
        fn present(this: &PushManager) -> Promise;
        /// `PushSubscription`.
        type Subscription;
        #[wasm_bindgen(method)]
        fn unsubscribe(this: &Subscription) -> Promise;
        #[wasm_bindgen(method)]
        fn subscribe(this: &PushManager, options: &JsValue) -> Promise;

        #[wasm_bindgen(catch, js_namespace = ["navigator", "credentials"])]
        fn create(options: &Options) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_namespace = ["navigator", "credentials"])]
        fn get(options: &Options) -> Result<Promise, JsValue>;
    }

    /// Shown if the browser says no more than that it has no answer.
    const FAILURE: &str = "No passkey was made or used. Try again, or choose another way.";
    const NO_PUSH: &str =
        "Notifications are not on. Check that your browser allows them, then try again.";

    pub struct Prompt {
        credential: NodeRef<html::Input>,
        message: RwSignal<String>,
        options: String,
        in_field: bool,
        is_push: bool,
        /// True while the browser shows a dialog.
        is_open: Cell<bool>,
        /// Aborts what the browser offers in the field.
        offer: Cell<Option<AbortController>>,
    }

    impl Prompt {
        pub fn new(
            credential: NodeRef<html::Input>,
            message: RwSignal<String>,
            options: String,
            in_field: bool,
            is_push: bool,
        ) -> Self {
            Self {
                credential,
                message,
                options,
                in_field,
                is_push,
                is_open: Cell::new(false),
                offer: Cell::new(None),
            }
        }

        /// Shows the button if the browser can do this here, and offers passkeys in the page's field if there is one.
        /// Returns the button's handler.
        pub fn set_up(self, is_able: RwSignal<bool>) -> impl Fn() + 'static {
            let prompt = SendWrapper::new(Rc::new(self));
            let offering = prompt.clone();
            effect(move || {
                let is_supported = if offering.is_push {
                    Reflect::has(&js_sys::global(), &"PushManager".into()).unwrap_or(false)
                } else {
                    let example = parse(&r#"{"challenge":""}"#.into());
                    example.and_then(|json| request_options(&json)).is_ok()
                };
                if is_supported {
                    is_able.set(true);
                    if offering.in_field {
                        offering.begin(true);
                    }
                }
            });
            move || {
                if !prompt.is_open.replace(true) {
                    // Only one request can be pending.
                    if let Some(offer) = prompt.offer.take() {
                        offer.abort();
                    }
                    prompt.message.set(String::new());
                    prompt.begin(false);
                }
            }
        }

        fn begin(self: &Rc<Self>, is_offer: bool) {
            spawn_local(Rc::clone(self).exchange(is_offer));
        }

        /// Sends the browser's answer, or shows the error of a pressed button. After such an error,
        /// passkeys are offered in the field again.
        async fn exchange(self: Rc<Self>, mut is_offer: bool) {
            loop {
                let answer = self.answer(is_offer).await;
                if !is_offer {
                    self.is_open.set(false);
                }
                match answer {
                    Ok(answer) => return self.send(&answer),
                    Err(error) if !is_offer => {
                        let fallback = if self.is_push { NO_PUSH } else { FAILURE };
                        let message = error.as_string();
                        self.message
                            .set(message.unwrap_or_else(|| fallback.to_owned()));
                        is_offer = self.in_field;
                    }
                    Err(_) => return,
                }
                if !is_offer {
                    return;
                }
            }
        }

        fn send(&self, answer: &str) {
            let Some(credential) = self.credential.get_untracked() else {
                return;
            };
            credential.set_value(answer);
            if let Some(form) = credential.form() {
                let _ = form.request_submit();
            }
            // Whoever comes back to this page may enter a password.
            credential.set_value("");
        }

        /// The browser's answer, as JSON. An error is a text if people should read it.
        async fn answer(&self, is_offer: bool) -> Result<String, JsValue> {
            let request = if is_offer {
                r#"{"mediation":"conditional"}"#
            } else {
                "{}"
            };
            let request: Options = parse(&request.into())?.unchecked_into();
            if is_offer {
                let offer = AbortController::new()?;
                request.set_signal(&offer.signal());
                self.offer.set(Some(offer));
                if JsFuture::from(can_offer_in_field()?).await?.is_falsy() {
                    return Err(JsValue::NULL);
                }
            }
            let promise = if self.options.is_empty() {
                let call = ServerCall::with::<BeginPasskeySignIn>(if is_offer {
                    r#"{"is_offer":true}"#
                } else {
                    r#"{"is_offer":false}"#
                });
                let begun = call.send().await;
                let options = begun.map_err(|refused| JsValue::from(refused.message))?;
                // A text, which is JSON again.
                let options = parse(&parse(&options.into())?)?;
                request.set_public_key(&request_options(&options)?);
                get(&request)?
            } else {
                let options = parse(&self.options.as_str().into())?;
                if self.is_push {
                    JsFuture::from(register("/push.js")?).await?;
                    // `subscribe` fails before the service worker is active, and asks for the permission by itself.
                    let registration = JsFuture::from(READY.with(Promise::clone)).await?;
                    let manager = registration.unchecked_into::<Registration>().push_manager();
                    // The present one may be of another account or of another key.
                    let present = JsFuture::from(manager.present()).await?;
                    if present.is_truthy() {
                        let present: Subscription = present.unchecked_into();
                        JsFuture::from(present.unsubscribe()).await?;
                    }
                    manager.subscribe(&options)
                } else {
                    request.set_public_key(&creation_options(&options)?);
                    create(&request)?
                }
            };
            stringify(&JsFuture::from(promise).await?)
        }
    }
}
