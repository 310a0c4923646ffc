//! Components shared by several pages. They are rendered only on the server.

mod bid_note;
mod callout;
mod card;
mod checklist;
mod choices;
mod field;
mod fulfillment;
mod money;
mod print;
mod proof;
mod providers;
mod qr_code;
mod question;
mod scopes;
mod secret;
mod site;
mod table;
mod time;
mod user_text;

pub use crate::{
    icon::{Icon, Mark},
    islands::bids,
};
pub use bid_note::BidNote;
pub use callout::{Callout, Flash, OutageNotice, Tone};
pub use card::{EmptyState, ProjectCard, card_head};
pub use checklist::{Checklist, Step};
pub use choices::{Card, FieldGroup, RadioCards};
pub use field::{
    ErrorSummary, Field, FieldProps, FormKey, TextField, Username, control_attributes, field_error,
    field_label, textarea_html,
};
pub use fulfillment::{Place, fulfillment_facts};
pub use money::{amount, plain_amount};
pub use print::PrintNote;
pub use proof::{AgainLinks, CodeField, FirstProof, Proof, ProofFields, SignInAgain};
pub use providers::{ProviderButtons, ProviderChoice, provider_path};
pub use qr_code::QrCode;
pub use question::Question;
pub use scopes::{ScopeChoices, ScopeDescriptions, capitalized};
pub use secret::OneTimeSecret;
pub use site::{SiteFooter, SiteHeader};
pub use table::TableRegion;
pub use time::{Day, Moment, MomentWithUtc, TimeLeft, millis, time_left};
pub use user_text::{UserText, unbroken_email};
