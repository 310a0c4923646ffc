//! Amounts in JSON.

use guildhall::money::Money;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount as a JSON number, serialized from its decimal text without floats.
#[derive(Debug, Clone)]
pub(super) struct Amount(String);

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self(money.to_json())
    }
}

impl Amount {
    /// The lowest bid, or -1 if there is none.
    pub fn lowest(lowest: Option<Money>) -> Self {
        lowest.map_or_else(|| Self("-1".to_owned()), Into::into)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.clone())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::money::Currency;

    #[test]
    fn an_amount_is_serialized_exactly() {
        let json = |minor| {
            let amount = Amount::from(Money::from_minor(minor, Currency::Eur));
            serde_json::to_string(&amount).expect("serializes")
        };
        assert_eq!(json(900_719_925_474_099_300), "9007199254740993");
        assert_eq!(json(10), "0.1");
        assert_eq!(json(165_050), "1650.5");
        assert_eq!(
            serde_json::to_string(&Amount::lowest(None)).expect("serializes"),
            "-1"
        );
    }
}
