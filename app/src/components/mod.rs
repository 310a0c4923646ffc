//! Pieces that several pages share. They are rendered on the server and stay there.

mod card;
mod field;
mod icon;
mod money;
mod notice;
mod site;
mod time;

pub use card::{EmptyState, ProjectCard};
pub use field::{ErrorSummary, Field, FormKey, control_attributes};
pub use icon::{Icon, Mark};
pub use money::{amount, plain_amount};
pub use notice::{Flash, Notice, NoticeKind};
pub use site::{SiteFooter, SiteHeader};
pub use time::{Moment, TimeLeft, time_left};
