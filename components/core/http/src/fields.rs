//! Fields: the headers or trailers of a message.

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

use crate::{Room, Share, is_field_name, is_field_value};

/// Names that a guest may not set, because they concern the connection, which belongs to the host, or name the
/// server, which stands in the request's authority. The list is that of Wasmtime's host.
const FORBIDDEN: [&str; 9] = [
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

const CONTENT_LENGTH: &str = "content-length";

/// How large fields may become, in bytes of their names and values and [`OVERHEAD`] for each of these. Wasmtime's host
/// takes as much and traps at more, so no fields that could be sent are refused.
const MAX_SIZE: usize = 128 * 1024;
/// The bytes that a name or a value counts besides its own, so that empty ones count too.
const OVERHEAD: usize = 32;

/// Whether guests may not set a field of this name, in upper or lower case.
pub fn is_forbidden(name: &str) -> bool {
    FORBIDDEN
        .iter()
        .any(|forbidden| forbidden.eq_ignore_ascii_case(name))
}

/// Why a change of fields is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// A name or a value is not valid in HTTP.
    InvalidSyntax,
    /// The name is one that guests may not set.
    Forbidden,
    /// The fields would become larger than a host takes, or need more bytes than their [`Room`] has left.
    TooLarge,
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InvalidSyntax => "the name or the value is not valid in HTTP",
            Self::Forbidden => "the name may not be set",
            Self::TooLarge => "the fields would become too large",
        })
    }
}

impl core::error::Error for FieldError {}

/// Names, each with its values, in the order in which the names were first added. Names are compared and given back in
/// lower case.
#[derive(Debug)]
pub struct Fields {
    entries: Vec<(String, Vec<Vec<u8>>)>,
    /// The bytes that these fields count towards [`MAX_SIZE`], taken from their room.
    share: Share,
}

impl Default for Fields {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Fields {}

impl Fields {
    /// Empty fields, with a room of their own.
    pub fn new() -> Self {
        Self::within(&Room::new(MAX_SIZE))
    }

    /// Empty fields. Names and values that are added take their bytes from `room`.
    pub fn within(room: &Room) -> Self {
        Self {
            entries: Vec::new(),
            share: room.share(),
        }
    }

    /// The fields of a message that a host received, as it gives them. They are not checked, and take no room that
    /// others need: the host has limited their size. A guest changes a [copy](Self::copy) of them, which takes room.
    pub fn received(entries: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut fields = Self::within(&Room::new(usize::MAX));
        for (mut name, value) in entries {
            name.make_ascii_lowercase();
            let size = match fields.position(&name) {
                Some(position) => {
                    let size = size(&value);
                    fields.entries[position].1.push(value);
                    size
                }
                None => {
                    let values = Vec::from([value]);
                    let size = entry_size(&name, &values);
                    fields.entries.push((name, values));
                    size
                }
            };
            // There is always enough of a room of this size.
            let _ = fields.share.exchange(0, size);
        }
        fields
    }

    /// Whether these fields take their bytes from this room.
    pub fn are_within(&self, room: &Room) -> bool {
        self.share.room().is(room)
    }

    /// A copy of these fields, in a room.
    ///
    /// # Errors
    /// [`FieldError::TooLarge`] if there is no room for them.
    pub fn copy(&self, room: &Room) -> Result<Self, FieldError> {
        let mut share = room.share();
        if !share.exchange(0, self.share.size()) {
            return Err(FieldError::TooLarge);
        }
        Ok(Self {
            entries: self.entries.clone(),
            share,
        })
    }

    /// All values of a name. A name that is not valid has none.
    pub fn get(&self, name: &str) -> &[Vec<u8>] {
        // A name that is copied below must not be too long, so it is checked first.
        if !is_field_name(name) {
            return &[];
        }
        match self.position(&name.to_ascii_lowercase()) {
            Some(position) => &self.entries[position].1,
            None => &[],
        }
    }

    /// Sets all values of a name; an empty list removes the name. A `content-length` can have only one value, so that
    /// nobody can disagree about where a message ends (RFC 9110, section 8.6).
    pub fn set(&mut self, name: &str, values: Vec<Vec<u8>>) -> Result<(), FieldError> {
        let name = checked_name(name)?;
        if name == CONTENT_LENGTH && values.len() > 1 {
            return Err(FieldError::InvalidSyntax);
        }
        values
            .iter()
            .try_for_each(|value| check_value(&name, value))?;
        let position = self.position(&name);
        let before = position.map_or(0, |at| entry_size(&name, &self.entries[at].1));
        let after = if values.is_empty() {
            0
        } else {
            entry_size(&name, &values)
        };
        self.grow(before, after)?;
        match position {
            Some(position) if values.is_empty() => {
                self.entries.remove(position);
            }
            Some(position) => self.entries[position].1 = values,
            None if values.is_empty() => {}
            None => self.entries.push((name, values)),
        }
        Ok(())
    }

    /// Removes all values of a name.
    pub fn delete(&mut self, name: &str) -> Result<(), FieldError> {
        self.set(name, Vec::new())
    }

    /// Adds a value to a name. A second `content-length` is invalid.
    pub fn append(&mut self, name: &str, value: Vec<u8>) -> Result<(), FieldError> {
        let name = checked_name(name)?;
        check_value(&name, &value)?;
        match self.position(&name) {
            Some(_) if name == CONTENT_LENGTH => return Err(FieldError::InvalidSyntax),
            Some(position) => {
                self.grow(0, size(&value))?;
                self.entries[position].1.push(value);
            }
            None => {
                let values = Vec::from([value]);
                self.grow(0, entry_size(&name, &values))?;
                self.entries.push((name, values));
            }
        }
        Ok(())
    }

    /// Counts that a part of these fields that took `before` bytes now takes `after` bytes.
    fn grow(&mut self, before: usize, after: usize) -> Result<(), FieldError> {
        let size = self.share.size() - before + after;
        if (size > MAX_SIZE && after > before) || !self.share.exchange(before, after) {
            return Err(FieldError::TooLarge);
        }
        Ok(())
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().flat_map(|(name, values)| {
            values
                .iter()
                .map(move |value| (name.as_str(), value.as_slice()))
        })
    }

    /// The length of the body in bytes, as the field `content-length` says.
    pub fn content_length(&self) -> Option<u64> {
        self.get(CONTENT_LENGTH)
            .first()
            .and_then(|value| length(value))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|(known, _)| known == name)
    }
}

fn size(text: &[u8]) -> usize {
    text.len() + OVERHEAD
}

fn entry_size(name: &str, values: &[Vec<u8>]) -> usize {
    let values = values.iter().map(|value| size(value));
    size(name.as_bytes()) + values.sum::<usize>()
}

fn checked_name(name: &str) -> Result<String, FieldError> {
    if !is_field_name(name) {
        return Err(FieldError::InvalidSyntax);
    }
    let name = name.to_owned().to_ascii_lowercase();
    if is_forbidden(&name) {
        Err(FieldError::Forbidden)
    } else {
        Ok(name)
    }
}

fn check_value(name: &str, value: &[u8]) -> Result<(), FieldError> {
    let valid = if name == CONTENT_LENGTH {
        length(value).is_some()
    } else {
        is_field_value(value)
    };
    if valid {
        Ok(())
    } else {
        Err(FieldError::InvalidSyntax)
    }
}

/// Reads a decimal number without a sign.
fn length(value: &[u8]) -> Option<u64> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn pairs(fields: &Fields) -> Vec<(&str, &[u8])> {
        fields.iter().collect()
    }

    #[test]
    fn names_are_compared_in_lower_case_and_keep_their_order() {
        let mut fields = Fields::new();
        fields.append("Accept", b"a".to_vec()).unwrap();
        fields.append("x", b"1".to_vec()).unwrap();
        fields.append("ACCEPT", b"b".to_vec()).unwrap();
        assert_eq!(
            pairs(&fields),
            [("accept", &b"a"[..]), ("accept", b"b"), ("x", b"1")]
        );
        assert_eq!(fields.get("accepT"), [b"a".to_vec(), b"b".to_vec()]);
        fields.set("Accept", vec![b"c".to_vec()]).unwrap();
        assert_eq!(pairs(&fields), [("accept", &b"c"[..]), ("x", b"1")]);
        fields.delete("accept").unwrap();
        fields.delete("absent").unwrap();
        assert_eq!(pairs(&fields), [("x", &b"1"[..])]);
    }

    #[test]
    fn what_concerns_the_connection_is_forbidden() {
        let mut fields = Fields::new();
        for name in [
            "Connection",
            "host",
            "Transfer-Encoding",
            "keep-alive",
            "HTTP2-Settings",
        ] {
            assert_eq!(
                fields.append(name, vec![]),
                Err(FieldError::Forbidden),
                "{name}"
            );
            assert_eq!(
                fields.set(name, vec![]),
                Err(FieldError::Forbidden),
                "{name}"
            );
            assert_eq!(fields.delete(name), Err(FieldError::Forbidden), "{name}");
        }
    }

    #[test]
    fn what_would_smuggle_another_field_is_invalid() {
        let mut fields = Fields::new();
        for (name, value) in [
            ("a b", "c"),
            ("", "c"),
            ("a:", "c"),
            ("a", "c\r\nd: e"),
            ("a", "\0"),
            ("a\n", ""),
        ] {
            assert_eq!(
                fields.append(name, value.into()),
                Err(FieldError::InvalidSyntax),
                "{name}: {value}"
            );
            assert_eq!(
                fields.set(name, vec![value.into()]),
                Err(FieldError::InvalidSyntax),
                "{name}: {value}"
            );
        }
        assert_eq!(fields, Fields::new());
    }

    #[test]
    fn there_is_one_content_length_and_it_is_a_number() {
        let mut fields = Fields::new();
        assert_eq!(fields.content_length(), None);
        for value in ["", "+5", "-5", " 5", "5 ", "0x5", "99999999999999999999"] {
            assert_eq!(
                fields.append("content-length", value.into()),
                Err(FieldError::InvalidSyntax),
                "{value}"
            );
        }
        fields.append("Content-Length", b"5".to_vec()).unwrap();
        assert_eq!(
            fields.append("content-length", b"5".to_vec()),
            Err(FieldError::InvalidSyntax)
        );
        let two = vec![b"5".to_vec(), b"6".to_vec()];
        assert_eq!(
            fields.set("content-length", two),
            Err(FieldError::InvalidSyntax)
        );
        assert_eq!(fields.content_length(), Some(5));
        fields.set("content-length", vec![b"6".to_vec()]).unwrap();
        assert_eq!(fields.content_length(), Some(6));
    }

    #[test]
    fn fields_do_not_become_larger_than_a_host_takes() {
        let mut fields = Fields::new();
        let value = |length| vec![b'v'; length];
        let room = MAX_SIZE - size(b"a") - OVERHEAD;
        assert_eq!(
            fields.set("a", vec![value(room + 1)]),
            Err(FieldError::TooLarge)
        );
        assert_eq!(fields, Fields::new());
        fields.set("a", vec![value(room)]).unwrap();
        assert_eq!(fields.append("a", vec![]), Err(FieldError::TooLarge));
        assert_eq!(fields.append("b", vec![]), Err(FieldError::TooLarge));
        fields.set("a", vec![value(room - OVERHEAD)]).unwrap();
        fields.append("a", vec![]).unwrap();
        assert_eq!(fields.append("a", vec![]), Err(FieldError::TooLarge));
        fields.delete("a").unwrap();
        assert_eq!(fields, Fields::new());
        let mut count = 0;
        while fields.append("b", vec![]).is_ok() {
            count += 1;
        }
        assert_eq!(count, (MAX_SIZE - size(b"b")) / OVERHEAD);
    }

    #[test]
    fn received_fields_are_as_the_host_gives_them() {
        let mut fields = Fields::received([
            ("Connection".into(), b"close".to_vec()),
            ("Set-Cookie".into(), b"a".to_vec()),
            ("set-cookie".into(), b"b".to_vec()),
        ]);
        assert_eq!(
            pairs(&fields),
            [
                ("connection", &b"close"[..]),
                ("set-cookie", b"a"),
                ("set-cookie", b"b")
            ]
        );
        let room = Room::new(1000);
        let copy = fields.copy(&room).unwrap();
        assert_eq!(copy, fields);
        assert!(copy.are_within(&room) && !fields.are_within(&room));
        assert!(room.left() < 1000);
        assert_eq!(fields.copy(&Room::new(10)), Err(FieldError::TooLarge));
        fields.delete("set-cookie").unwrap();
        assert_eq!(pairs(&fields), [("connection", &b"close"[..])]);
    }

    #[test]
    fn fields_in_one_room_do_not_become_larger_together() {
        let room = Room::new(2 * (size(b"a") + size(b"value")) - 1);
        let mut one = Fields::within(&room);
        one.append("a", b"value".to_vec()).unwrap();
        assert_eq!(one.copy(&room), Err(FieldError::TooLarge));
        let mut other = Fields::within(&room);
        assert_eq!(
            other.append("a", b"value".to_vec()),
            Err(FieldError::TooLarge)
        );
        assert_eq!(other, Fields::new());
        other.append("a", b"valu".to_vec()).unwrap();
        drop(other);
        one.append("a", b"".to_vec()).unwrap();
        one.delete("a").unwrap();
        one.append("a", b"value".to_vec()).unwrap();
        drop(one);
        let mut whole = room.share();
        assert!(whole.exchange(0, 2 * (size(b"a") + size(b"value")) - 1));
    }

    proptest! {
        /// The same operations have the same results on the map that Wasmtime's host uses.
        #[test]
        fn values_are_those_of_the_http_crate(
            operations in prop::collection::vec(("[abAB]", prop::option::of(prop::collection::vec("[xy]", 0..3))), 0..24),
        ) {
            let mut fields = Fields::new();
            let mut map = http::HeaderMap::new();
            for (name, values) in operations {
                let header: http::HeaderName = name.parse().unwrap();
                match values {
                    None => {
                        fields.append(&name, b"z".to_vec()).unwrap();
                        map.append(header, "z".parse().unwrap());
                    }
                    Some(values) => {
                        fields.set(&name, values.iter().map(|value| value.clone().into_bytes()).collect()).unwrap();
                        map.remove(&header);
                        for value in values {
                            map.append(&header, value.parse().unwrap());
                        }
                    }
                }
                for name in ["a", "b"] {
                    let expected: Vec<&[u8]> = map.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
                    prop_assert_eq!(fields.get(name), expected);
                }
                prop_assert_eq!(fields.iter().count(), map.len());
            }
        }
    }
}
