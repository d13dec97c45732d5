//! Resources of the host, and what they were made from.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;

/// A resource of the host. It is shared by what is made from it, so that it is dropped after them in whatever order
/// the guest drops ours: a host may trap when a parent is dropped before its child.
pub struct HostResource<T>(Rc<Inner<T>>);

/// The fields are dropped in this order.
struct Inner<T> {
    resource: T,
    _parent: Option<Rc<dyn Any>>,
}

impl<T: 'static> HostResource<T> {
    /// Takes a resource that is nobody's child.
    pub fn new(resource: T) -> Self {
        Self(Rc::new(Inner {
            resource,
            _parent: None,
        }))
    }

    /// Takes a resource that the host made from this one.
    pub fn child<C>(&self, resource: C) -> HostResource<C> {
        HostResource(Rc::new(Inner {
            resource,
            _parent: Some(self.0.clone()),
        }))
    }
}

#[cfg(feature = "forward")]
impl<T: 'static> HostResource<T> {
    /// As [`HostResource::child`].
    pub fn wrap_child<C>(&self, resource: C) -> Forwarded<C> {
        self.child(resource)
    }

    /// Takes a resource that the host gave with the help of this one, and that is nobody's child.
    pub fn wrap<R: 'static>(&self, resource: R) -> Forwarded<R> {
        HostResource::new(resource)
    }

    /// The resource itself, to be given away; nothing as long as something that was made from it is alive.
    pub fn into_inner(self) -> Option<T> {
        Rc::into_inner(self.0).map(|inner| inner.resource)
    }
}

impl<T> Clone for HostResource<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for HostResource<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.resource
    }
}

/// A resource of the network or of HTTP, which only the build that forwards them ever has.
#[cfg(feature = "forward")]
pub type Forwarded<T> = HostResource<T>;

#[cfg(all(feature = "network", not(feature = "forward")))]
pub use nothing::Nothing as Forwarded;

#[cfg(all(feature = "network", not(feature = "forward")))]
mod nothing {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use super::{Deref, HostResource};

    /// What can never exist, in place of what a host gives: what would be done with it is compiled to nothing, and
    /// the host is not asked for the interfaces that it would belong to.
    pub struct Nothing<T>(Infallible, PhantomData<T>);

    impl<T> Nothing<T> {
        /// There is no way to get here.
        pub fn never(&self) -> ! {
            match self.0 {}
        }

        pub fn child<C>(&self, _resource: C) -> HostResource<C> {
            self.never()
        }

        pub fn wrap_child<C>(&self, _resource: C) -> Nothing<C> {
            self.never()
        }

        pub fn wrap<R>(&self, _resource: R) -> Nothing<R> {
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
