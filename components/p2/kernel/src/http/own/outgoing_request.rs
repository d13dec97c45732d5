//! `outgoing-request`.

use std::cell::RefCell;

use interpose_adapter::refusals::{Subject, refused};
use interpose_http::{Room, Share, is_authority, is_method, is_path_with_query, is_scheme};
use interpose_settings::Reason;

use super::fields::Fields;
use super::outgoing_body::Message;
use super::room::room;
use crate::bindings::exports::wasi::http::types::{
    self, GuestOutgoingRequest, Headers, Method, Scheme,
};

/// A request that a guest builds.
pub struct OutgoingRequest {
    method: RefCell<Method>,
    path_with_query: RefCell<Option<String>>,
    scheme: RefCell<Option<Scheme>>,
    authority: RefCell<Option<String>>,
    /// The bytes that the texts above take of the room that all messages share.
    share: RefCell<Share>,
    message: Message,
}

/// A part of a request, which may be a text.
trait Part {
    /// The text that has to be kept; empty if the part is no text.
    fn text(&self) -> &str;
}

impl Part for Option<String> {
    fn text(&self) -> &str {
        self.as_deref().unwrap_or_default()
    }
}

impl Part for Option<Scheme> {
    fn text(&self) -> &str {
        match self {
            Some(Scheme::Other(name)) => name,
            _ => "",
        }
    }
}

impl Part for Method {
    fn text(&self) -> &str {
        match self {
            Self::Other(name) => name,
            _ => "",
        }
    }
}

impl OutgoingRequest {
    /// Shows the request to `f`.
    pub fn with_outgoing<R>(&self, f: impl FnOnce(&interpose_http::OutgoingRequest<'_>) -> R) -> R {
        let (method, scheme) = (self.method.borrow(), self.scheme.borrow());
        let (authority, path) = (self.authority.borrow(), self.path_with_query.borrow());
        f(&interpose_http::OutgoingRequest {
            method: method_name(&method),
            scheme: scheme.as_ref().map(scheme_name),
            authority: authority.as_deref(),
            path_with_query: path.as_deref(),
        })
    }

    /// Tells the host that the request is refused.
    pub fn tell_of_refusal(&self) {
        self.with_outgoing(|outgoing| {
            refused(Reason::Request, "handle", Subject::Text(&outgoing.shown()));
        });
    }

    /// The headers and the body.
    #[cfg(feature = "responses")]
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Sets a part of the request if it is valid and there is room for it.
    fn set<T: Part>(&self, part: &RefCell<T>, value: T, valid: bool) -> Result<(), ()> {
        let (before, after) = (part.borrow().text().len(), value.text().len());
        if !valid || !self.share.borrow_mut().exchange(before, after) {
            return Err(());
        }
        part.replace(value);
        Ok(())
    }
}

impl GuestOutgoingRequest for OutgoingRequest {
    fn new(headers: Headers) -> Self {
        Self {
            method: RefCell::new(Method::Get),
            path_with_query: RefCell::default(),
            scheme: RefCell::default(),
            authority: RefCell::default(),
            share: RefCell::new(room(Room::share)),
            message: Message::new(Fields::take(headers)),
        }
    }

    fn body(&self) -> Result<types::OutgoingBody, ()> {
        self.message.body(types::ErrorCode::HttpRequestBodySize)
    }

    fn method(&self) -> Method {
        self.method.borrow().clone()
    }

    fn set_method(&self, method: Method) -> Result<(), ()> {
        let valid = !matches!(&method, Method::Other(name) if !is_method(name));
        self.set(&self.method, method, valid)
    }

    fn path_with_query(&self) -> Option<String> {
        self.path_with_query.borrow().clone()
    }

    fn set_path_with_query(&self, path_with_query: Option<String>) -> Result<(), ()> {
        let valid = path_with_query.as_deref().is_none_or(is_path_with_query);
        self.set(&self.path_with_query, path_with_query, valid)
    }

    fn scheme(&self) -> Option<Scheme> {
        self.scheme.borrow().clone()
    }

    fn set_scheme(&self, scheme: Option<Scheme>) -> Result<(), ()> {
        let valid = !matches!(&scheme, Some(Scheme::Other(name)) if !is_scheme(name));
        self.set(&self.scheme, scheme, valid)
    }

    fn authority(&self) -> Option<String> {
        self.authority.borrow().clone()
    }

    fn set_authority(&self, authority: Option<String>) -> Result<(), ()> {
        let valid = authority.as_deref().is_none_or(is_authority);
        self.set(&self.authority, authority, valid)
    }

    fn headers(&self) -> Headers {
        self.message.headers()
    }
}

interpose_adapter::http_names!(Method, Scheme);
