//! What was read a moment ago, shared by those who ask for it.

pub(crate) mod fresh;
pub(crate) mod gathered;
