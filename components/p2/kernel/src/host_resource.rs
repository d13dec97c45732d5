//! Resources of the host and their parents.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;

/// A resource of the host. The resources that are made from it share it, so that it is dropped after them, whatever the
/// order in which the guest drops the kernel's resources. A host may trap when a parent is dropped before its child.
pub struct HostResource<T>(Rc<Inner<T>>);

/// The fields are dropped in this order.
struct Inner<T> {
    resource: T,
    _parent: Option<Rc<dyn Any>>,
}

impl<T: 'static> HostResource<T> {
    /// Takes a resource that has no parent.
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

    /// Takes a resource that the host returned from a function of this resource, and that has no parent.
    pub fn wrap<R: 'static>(&self, resource: R) -> Forwarded<R> {
        HostResource::new(resource)
    }

    /// The resource itself, to be handed over; `None` as long as a resource that was made from it exists.
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

/// A resource of the network or of HTTP, which only the build that forwards them has.
#[cfg(feature = "forward")]
pub type Forwarded<T> = HostResource<T>;

#[cfg(all(feature = "network", not(feature = "forward")))]
pub use nothing::Nothing as Forwarded;

#[cfg(all(feature = "network", not(feature = "forward")))]
mod nothing {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use super::{Deref, HostResource};

    /// A type without values, in place of a resource of the host. Code that would use it is compiled to nothing, so the
    /// host's interfaces are not imported.
    pub struct Nothing<T>(Infallible, PhantomData<T>);

    impl<T> Nothing<T> {
        /// This function cannot be called, because there is no value of this type.
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
