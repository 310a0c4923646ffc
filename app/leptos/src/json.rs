//! A JSON reader (RFC 8259) for what this site's server serializes: properties of islands, responses of server
//! functions and updates of live pages. Numbers are integers, and the error carries no details.

use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};
use std::fmt;

#[cfg(feature = "hydrate")]
pub use upstream::serde_json::to_string as write;

/// How deeply arrays and objects may be nested.
const MAX_DEPTH: u8 = 32;

/// The text is not JSON, or not what the type expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError;

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unexpected JSON")
    }
}

impl std::error::Error for JsonError {}

impl de::Error for JsonError {
    /// Ignores the message, so that the code that formats it is not linked in.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Result<T> = std::result::Result<T, JsonError>;

/// Reads a value.
///
/// # Errors
/// `JsonError`, including for numbers with a fraction or an exponent.
pub fn from_str<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T> {
    let mut reader = Reader {
        rest: text,
        depth: 0,
    };
    let value = T::deserialize(&mut reader)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(JsonError),
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: u8,
}

impl Reader<'_> {
    /// The next character after white space.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        self.rest.chars().next()
    }

    fn take(&mut self) -> Result<char> {
        let mut chars = self.rest.chars();
        let next = chars.next().ok_or(JsonError)?;
        self.rest = chars.as_str();
        Ok(next)
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        match self.peek() {
            Some(next) if next == wanted => self.take().map(drop),
            _ => Err(JsonError),
        }
    }

    /// Begins an array or an object.
    fn open(&mut self, bracket: char) -> Result<()> {
        self.expect(bracket)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(JsonError);
        }
        Ok(())
    }

    /// Ends an array or an object. Fails if the visitor left items unread.
    fn close(&mut self, bracket: char) -> Result<()> {
        self.depth -= 1;
        self.expect(bracket)
    }

    fn word(&mut self, word: &str) -> Result<()> {
        self.rest = self.rest.strip_prefix(word).ok_or(JsonError)?;
        Ok(())
    }

    fn number(&mut self) -> Result<i64> {
        let is_negative = self.rest.starts_with('-');
        if is_negative {
            self.take()?;
        }
        let (mut number, mut digits) = (0_i64, 0_u8);
        let starts_with_zero = self.rest.starts_with('0');
        while let Some(digit) = self.rest.chars().next().and_then(|next| next.to_digit(10)) {
            self.take()?;
            digits += 1;
            let digit = i64::from(digit);
            // Negative throughout, because the minimum has no positive counterpart.
            number = number
                .checked_mul(10)
                .and_then(|number| number.checked_sub(digit))
                .ok_or(JsonError)?;
        }
        let is_number = digits > 0
            && !(starts_with_zero && digits > 1)
            && !self.rest.starts_with(['.', 'e', 'E']);
        let number = if is_negative {
            Some(number)
        } else {
            number.checked_neg()
        };
        number.filter(|_| is_number).ok_or(JsonError)
    }

    fn string(&mut self) -> Result<String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.take()? {
                '"' => return Ok(text),
                '\\' => text.push(self.escaped()?),
                '\0'..' ' => return Err(JsonError),
                other => text.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Result<char> {
        Ok(match self.take()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => match self.unit()? {
                // A surrogate pair: a character outside the Basic Multilingual Plane.
                high @ 0xD800..0xDC00 => {
                    self.word("\\u")?;
                    let low = self.unit()?;
                    if !(0xDC00..0xE000).contains(&low) {
                        return Err(JsonError);
                    }
                    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                        .ok_or(JsonError)?
                }
                unit => char::from_u32(unit).ok_or(JsonError)?,
            },
            same @ ('"' | '\\' | '/') => same,
            _ => return Err(JsonError),
        })
    }

    /// Four hexadecimal digits: one UTF-16 code unit.
    fn unit(&mut self) -> Result<u32> {
        (0..4).try_fold(0, |unit, _| {
            Ok(unit << 4 | self.take()?.to_digit(16).ok_or(JsonError)?)
        })
    }
}

/// One method per kind of value, instead of `deserialize_any` for all, so that a type links only the code it needs.
impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = JsonError;

    /// For values that are skipped.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek().ok_or(JsonError)? {
            'n' => self.deserialize_unit(visitor),
            't' | 'f' => self.deserialize_bool(visitor),
            '"' => self.deserialize_string(visitor),
            '[' => self.deserialize_seq(visitor),
            '{' => self.deserialize_map(visitor),
            _ => self.deserialize_i64(visitor),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.peek();
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let is_true = self.peek() == Some('t');
        self.word(if is_true { "true" } else { "false" })?;
        visitor.visit_bool(is_true)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.peek();
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.open('[')?;
        let value = visitor.visit_seq(Items::of(self, ']'))?;
        self.close(']')?;
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.open('{')?;
        let value = visitor.visit_map(Items::of(self, '}'))?;
        self.close('}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek() == Some('n') {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    /// A variant without data is its name; one with data is an object with the name as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if self.peek() != Some('{') {
            let name: StringDeserializer<JsonError> = self.string()?.into_deserializer();
            return visitor.visit_enum(name);
        }
        self.open('{')?;
        let value = visitor.visit_enum(MapAccessDeserializer::new(Items::of(self, '}')))?;
        self.close('}')?;
        Ok(value)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u128 f32 f64 char bytes byte_buf unit_struct tuple tuple_struct ignored_any
    }
}

/// The items of an array or the members of an object.
struct Items<'r, 't> {
    reader: &'r mut Reader<'t>,
    end: char,
    is_first: bool,
}

impl<'r, 't> Items<'r, 't> {
    const fn of(reader: &'r mut Reader<'t>, end: char) -> Self {
        Self {
            reader,
            end,
            is_first: true,
        }
    }

    /// Skips the comma before an item, if any; returns false at the end.
    fn begins(&mut self) -> Result<bool> {
        if self.reader.peek() == Some(self.end) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.is_first) {
            self.reader.expect(',')?;
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = JsonError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if !self.begins()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.begins()? {
            return Ok(None);
        }
        let name: StringDeserializer<JsonError> = {
            self.reader.peek();
            self.reader.string()?.into_deserializer()
        };
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        self.reader.expect(':')?;
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests;
