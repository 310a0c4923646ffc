use crate::money::Money;
use serde::{Deserialize, Serialize};

/// The figures and names of a notice, as they were when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFacts {
    /// The lowest bid, or the winning one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Money>,
    /// The recipient's own bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Money>,
    /// The number of active bids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bids: Option<i32>,
    /// The name of an app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
}
