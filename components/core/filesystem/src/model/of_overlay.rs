//! Data that only trees with a lower layer have.

use alloc::boxed::Box;

/// Whether there are overlays in this build.
pub(crate) const HAS_OVERLAYS: bool = cfg!(feature = "overlay");

/// Data that only trees with a lower layer have. In a build without overlays it is always absent, and the compiler
/// leaves out the code that would use it.
#[derive(Clone, Debug)]
pub(crate) struct OfOverlay<T>(Option<Box<T>>);

impl<T> OfOverlay<T> {
    /// No data, as in every tree without a lower layer.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_deref().filter(|_| HAS_OVERLAYS)
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut().filter(|_| HAS_OVERLAYS)
    }
}

impl<T> Default for OfOverlay<T> {
    fn default() -> Self {
        Self::none()
    }
}

impl<T> From<Option<T>> for OfOverlay<T> {
    fn from(part: Option<T>) -> Self {
        Self(part.filter(|_| HAS_OVERLAYS).map(Box::new))
    }
}
