//! `fields`.

use interpose_adapter::arguments;

use crate::bindings::exports::wasi::http::types::{
    self, FieldName, FieldValue, GuestFields, HeaderError, Headers,
};
use crate::bindings::wasi::http::types as host;
use crate::host_resource::Forwarded;

/// Fields of the host.
pub struct Fields {
    fields: host::Fields,
    /// Whether these are the fields of a message, which nobody may change.
    immutable: bool,
}

/// Nothing is kept of the headers of a message: the host has them.
#[derive(Default)]
pub struct Copied {}

/// Shows a guest the headers or trailers of a message. The guest gets a copy, because it may keep the fields longer
/// than the message, and the host's own fields of a message must not outlive it.
pub fn headers<T: 'static>(
    message: &Forwarded<T>,
    _copied: &Copied,
    get: impl FnOnce(&T) -> host::Fields,
) -> Headers {
    Fields::copy(&get(message))
}

impl Fields {
    /// A copy that cannot be changed.
    pub fn copy(fields: &host::Fields) -> Headers {
        Headers::new(Self {
            fields: fields.clone(),
            immutable: true,
        })
    }

    /// Takes fields from a guest.
    pub fn take(fields: types::Fields) -> host::Fields {
        fields.into_inner::<Self>().fields
    }

    fn mutable(fields: host::Fields) -> types::Fields {
        types::Fields::new(Self {
            fields,
            immutable: false,
        })
    }

    fn changing(&self) -> Result<&host::Fields, HeaderError> {
        if self.immutable {
            Err(HeaderError::Immutable)
        } else {
            check_size()?;
            Ok(&self.fields)
        }
    }
}

/// Refuses names and values that are too large together. WASI has no error code for this.
fn check_size() -> Result<(), HeaderError> {
    if arguments::fit() {
        Ok(())
    } else {
        Err(HeaderError::InvalidSyntax)
    }
}

impl GuestFields for Fields {
    fn new() -> Self {
        Self {
            fields: host::Fields::new(),
            immutable: false,
        }
    }

    fn from_list(entries: Vec<(FieldName, FieldValue)>) -> Result<types::Fields, HeaderError> {
        check_size()?;
        host::Fields::from_list(&entries).map(Self::mutable)
    }

    fn get(&self, name: FieldName) -> Vec<FieldValue> {
        self.fields.get(&name)
    }

    fn has(&self, name: FieldName) -> bool {
        self.fields.has(&name)
    }

    fn set(&self, name: FieldName, value: Vec<FieldValue>) -> Result<(), HeaderError> {
        self.changing()?.set(&name, &value)
    }

    fn delete(&self, name: FieldName) -> Result<(), HeaderError> {
        self.changing()?.delete(&name)
    }

    fn append(&self, name: FieldName, value: FieldValue) -> Result<(), HeaderError> {
        self.changing()?.append(&name, &value)
    }

    fn entries(&self) -> Vec<(FieldName, FieldValue)> {
        self.fields.entries()
    }

    fn clone(&self) -> types::Fields {
        Self::mutable(self.fields.clone())
    }
}
