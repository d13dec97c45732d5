//! `fields`.

use std::cell::RefCell;
use std::rc::Rc;

use interpose_adapter::arguments;
use interpose_http::FieldError;

use super::room::room;

use crate::bindings::exports::wasi::http::types::{
    self, FieldName, FieldValue, GuestFields, HeaderError, Headers,
};

/// Fields that a guest holds.
pub enum Fields {
    /// The guest's own fields, which it may change. Copies share one value until one of them is changed, because
    /// `clone` cannot return an error if there is no room for another copy, but a change can.
    Mutable(RefCell<Rc<interpose_http::Fields>>),
    /// The fields of a message.
    Immutable(Rc<interpose_http::Fields>),
}

impl Fields {
    /// Takes fields from a guest for a message. They do not change any more.
    pub fn take(headers: Headers) -> Rc<interpose_http::Fields> {
        match headers.into_inner::<Self>() {
            Self::Mutable(fields) => fields.into_inner(),
            Self::Immutable(fields) => fields,
        }
    }

    /// Shows a guest the fields of a message.
    pub fn show(fields: &Rc<interpose_http::Fields>) -> Headers {
        Headers::new(Self::Immutable(fields.clone()))
    }

    fn read<R>(&self, f: impl FnOnce(&interpose_http::Fields) -> R) -> R {
        match self {
            Self::Mutable(fields) => f(&fields.borrow()),
            Self::Immutable(fields) => f(fields),
        }
    }

    fn change(
        &self,
        f: impl FnOnce(&mut interpose_http::Fields) -> Result<(), FieldError>,
    ) -> Result<(), HeaderError> {
        match self {
            Self::Mutable(_) if !arguments::fit() => Err(FieldError::TooLarge.into()),
            Self::Mutable(fields) => {
                let mut shared = fields.borrow_mut();
                // Fields that a host or the configuration made take no room, so a guest changes a copy of them.
                if let Some(own) = Rc::get_mut(&mut shared)
                    && room(|room| own.are_within(room))
                {
                    return Ok(f(own)?);
                }
                let mut own = room(|room| shared.copy(room))?;
                f(&mut own)?;
                *shared = Rc::new(own);
                Ok(())
            }
            Self::Immutable(_) => Err(HeaderError::Immutable),
        }
    }

    fn mutable(fields: Rc<interpose_http::Fields>) -> Self {
        Self::Mutable(RefCell::new(fields))
    }
}

impl From<FieldError> for HeaderError {
    fn from(error: FieldError) -> Self {
        match error {
            // WASI has no error code for `TooLarge`.
            FieldError::InvalidSyntax | FieldError::TooLarge => Self::InvalidSyntax,
            FieldError::Forbidden => Self::Forbidden,
        }
    }
}

impl GuestFields for Fields {
    fn new() -> Self {
        Self::mutable(Rc::new(room(interpose_http::Fields::within)))
    }

    fn from_list(entries: Vec<(FieldName, FieldValue)>) -> Result<types::Fields, HeaderError> {
        if !arguments::fit() {
            return Err(FieldError::TooLarge.into());
        }
        let mut fields = room(interpose_http::Fields::within);
        entries
            .into_iter()
            .try_for_each(|(name, value)| fields.append(&name, value))?;
        Ok(types::Fields::new(Self::mutable(Rc::new(fields))))
    }

    fn get(&self, name: FieldName) -> Vec<FieldValue> {
        self.read(|fields| fields.get(&name).to_vec())
    }

    fn has(&self, name: FieldName) -> bool {
        self.read(|fields| !fields.get(&name).is_empty())
    }

    fn set(&self, name: FieldName, value: Vec<FieldValue>) -> Result<(), HeaderError> {
        self.change(|fields| fields.set(&name, value))
    }

    fn delete(&self, name: FieldName) -> Result<(), HeaderError> {
        self.change(|fields| fields.delete(&name))
    }

    fn append(&self, name: FieldName, value: FieldValue) -> Result<(), HeaderError> {
        self.change(|fields| fields.append(&name, value))
    }

    fn entries(&self) -> Vec<(FieldName, FieldValue)> {
        self.read(|fields| {
            fields
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect()
        })
    }

    fn clone(&self) -> types::Fields {
        let fields = match self {
            Self::Mutable(fields) => fields.borrow().clone(),
            Self::Immutable(fields) => fields.clone(),
        };
        types::Fields::new(Self::mutable(fields))
    }
}
