//! What the host gave, and what it was made from.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;

use crate::bindings::exports::wasi::io::poll;
use crate::bindings::wasi::io::poll::Pollable as HostsPollable;
use crate::poll::Pollable;

/// A resource of the host. It is shared by what is made from it, so that it is dropped after them in whatever order
/// the guest drops ours: a host may trap when a parent is dropped before its child.
pub struct Given<T>(Rc<Inner<T>>);

/// The fields are dropped in this order.
struct Inner<T> {
    resource: T,
    _parent: Option<Rc<dyn Any>>,
}

impl<T: 'static> Given<T> {
    /// Takes a resource that is nobody's child.
    pub fn new(resource: T) -> Self {
        Self(Rc::new(Inner {
            resource,
            _parent: None,
        }))
    }

    /// Takes a resource that the host made from this one.
    pub fn child<C>(&self, resource: C) -> Given<C> {
        Given(Rc::new(Inner {
            resource,
            _parent: Some(self.0.clone()),
        }))
    }

    /// Wraps the pollable that the host makes from this resource.
    pub fn pollable(&self, subscribe: impl FnOnce(&T) -> HostsPollable) -> poll::Pollable {
        Pollable::host_child(self, subscribe)
    }
}

#[cfg(feature = "forward")]
impl<T: 'static> Given<T> {
    /// As [`Given::child`].
    pub fn wrap_child<C>(&self, resource: C) -> Forwarded<C> {
        self.child(resource)
    }

    /// Takes a resource that the host gave with the help of this one, and that is nobody's child.
    pub fn wrap<R: 'static>(&self, resource: R) -> Forwarded<R> {
        Given::new(resource)
    }

    /// The resource itself, to be given away; nothing as long as something that was made from it is alive.
    pub fn into_inner(self) -> Option<T> {
        Rc::into_inner(self.0).map(|inner| inner.resource)
    }
}

impl<T> Clone for Given<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Given<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.resource
    }
}

/// A resource of the network or of HTTP, which only the build that forwards them ever has.
#[cfg(feature = "forward")]
pub type Forwarded<T> = Given<T>;

#[cfg(all(feature = "network", not(feature = "forward")))]
pub use nothing::Nothing as Forwarded;

#[cfg(all(feature = "network", not(feature = "forward")))]
mod nothing {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use super::{Deref, Given, HostsPollable, poll};

    /// What can never exist, in place of what a host gives: what would be done with it is compiled to nothing, and
    /// the host is not asked for the interfaces that it would belong to.
    pub struct Nothing<T>(Infallible, PhantomData<T>);

    impl<T> Nothing<T> {
        /// There is no way to get here.
        pub fn never(&self) -> ! {
            match self.0 {}
        }

        pub fn child<C>(&self, _resource: C) -> Given<C> {
            self.never()
        }

        pub fn wrap_child<C>(&self, _resource: C) -> Nothing<C> {
            self.never()
        }

        pub fn wrap<R>(&self, _resource: R) -> Nothing<R> {
            self.never()
        }

        pub fn pollable(&self, _subscribe: impl FnOnce(&T) -> HostsPollable) -> poll::Pollable {
            self.never()
        }
    }

    impl<T> Deref for Nothing<T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.never()
        }
    }
}
