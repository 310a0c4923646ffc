//! A device that keeps a passkey, and the browser in front of it, in this process.

use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::aws_lc_rs::AwsLcRsBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
        webauthn::{CredentialCreationOptions, CredentialRequestOptions},
    },
};
use serde_json::{Value, json};
use url::Url;

/// The owner of the device, who presses every button, and shows a fingerprint whenever the site asks for one.
pub struct Owner;

#[async_trait::async_trait]
impl UserValidationMethod for Owner {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence,
            verification,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// The domain of the site in tests of passkeys.
pub const ORIGIN: &str = "https://guildhall.example";

/// A device with room for one passkey.
pub struct Device {
    pub passkey: Option<Passkey>,
    /// The site that the browser shows.
    pub origin: &'static str,
}

impl Device {
    pub fn new() -> Self {
        Self {
            passkey: None,
            origin: ORIGIN,
        }
    }

    fn authenticator(&self) -> Authenticator<Option<Passkey>, Owner, AwsLcRsBackend> {
        let aaguid = Aaguid::new_empty();
        let passkey = self.passkey.clone();
        let mut device = Authenticator::new(aaguid, passkey, Owner, AwsLcRsBackend);
        device.set_make_credentials_with_signature_counter(true);
        device
    }

    /// Makes a passkey as the site's options say, and returns the browser's answer.
    pub async fn create(&mut self, options: &str) -> String {
        let options: CredentialCreationOptions = serde_json::from_value(wrapped(options)).unwrap();
        let mut client = Client::new(self.authenticator());
        let origin = Url::parse(self.origin).unwrap();
        let made = client.register(&origin, options, DefaultClientData).await;
        let made = serde_json::to_string(&made.unwrap()).unwrap();
        self.passkey.clone_from(client.authenticator().store());
        made
    }

    /// Uses the passkey as the site's options say, and returns the browser's answer.
    pub async fn get(&mut self, options: &str) -> String {
        let mut options = wrapped(options);
        // An empty list means the same as none (WebAuthn Level 3, section 5.5), which this client does not know.
        if options["publicKey"]["allowCredentials"] == json!([]) {
            options["publicKey"]["allowCredentials"] = Value::Null;
        }
        let options: CredentialRequestOptions = serde_json::from_value(options).unwrap();
        let mut client = Client::new(self.authenticator());
        let origin = Url::parse(self.origin).unwrap();
        let used = client
            .authenticate(&origin, options, DefaultClientData)
            .await;
        let used = serde_json::to_string(&used.unwrap()).unwrap();
        self.passkey.clone_from(client.authenticator().store());
        used
    }

    /// The device as it was at another time.
    pub fn set_counter(&mut self, counter: u32) {
        if let Some(passkey) = &mut self.passkey {
            passkey.counter = Some(counter);
        }
    }
}

fn wrapped(options: &str) -> Value {
    let options: Value = serde_json::from_str(options).unwrap();
    json!({ "publicKey": options })
}

/// The options without the demand that the device verify its user.
pub fn without_verification(options: &str) -> String {
    let mut options: Value = serde_json::from_str(options).unwrap();
    let discouraged = json!("discouraged");
    match options.get_mut("authenticatorSelection") {
        Some(selection) => selection["userVerification"] = discouraged,
        None => options["userVerification"] = discouraged,
    }
    options.to_string()
}
