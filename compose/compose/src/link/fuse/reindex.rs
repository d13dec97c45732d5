//! Encodes definitions of one component as definitions of another, in which they have other indices.

use std::convert::Infallible;

use super::items::Space;
use anyhow::anyhow;
use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent};

/// Changes each index of a definition that refers to the component around it. What is inside a nested type or component
/// stays as it is.
pub struct Reindex<F> {
    index: F,
    depth: u32,
}

impl<F: FnMut(Space, u32) -> u32> Reindex<F> {
    /// Changes indices as a function says.
    pub fn new(index: F) -> Self {
        Self { index, depth: 0 }
    }

    fn here(&mut self, space: Space, index: u32) -> u32 {
        match self.depth {
            0 => (self.index)(space, index),
            _ => index,
        }
    }

    fn outside(&mut self, space: Space, count: u32, index: u32) -> u32 {
        match count == self.depth {
            true => (self.index)(space, index),
            false => index,
        }
    }
}

impl<F: FnMut(Space, u32) -> u32> Reencode for Reindex<F> {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.here(Space::CoreFunction, index))
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.here(Space::Memory, index))
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.here(Space::Table, index))
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.here(Space::Global, index))
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.here(Space::Tag, index))
    }

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.here(Space::CoreType, index))
    }
}

impl<F: FnMut(Space, u32) -> u32> ReencodeComponent for Reindex<F> {
    fn component_type_index(&mut self, index: u32) -> u32 {
        self.here(Space::Type, index)
    }

    fn component_instance_index(&mut self, index: u32) -> u32 {
        self.here(Space::Instance, index)
    }

    fn component_func_index(&mut self, index: u32) -> u32 {
        self.here(Space::Function, index)
    }

    fn component_index(&mut self, index: u32) -> u32 {
        self.here(Space::Component, index)
    }

    fn module_index(&mut self, index: u32) -> u32 {
        self.here(Space::Module, index)
    }

    fn instance_index(&mut self, index: u32) -> u32 {
        self.here(Space::CoreInstance, index)
    }

    fn component_value_index(&mut self, index: u32) -> u32 {
        self.here(Space::Value, index)
    }

    fn outer_type_index(&mut self, count: u32, index: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.outside(Space::CoreType, count, index))
    }

    fn outer_component_type_index(&mut self, count: u32, index: u32) -> u32 {
        self.outside(Space::Type, count, index)
    }

    fn outer_component_index(&mut self, count: u32, index: u32) -> u32 {
        self.outside(Space::Component, count, index)
    }

    fn outer_module_index(&mut self, count: u32, index: u32) -> u32 {
        self.outside(Space::Module, count, index)
    }

    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }
}

/// Turns an error of the encoder into one that can be shown.
pub fn encoded<T>(result: Result<T, Error<Infallible>>) -> anyhow::Result<T> {
    result.map_err(|error| anyhow!("{error}"))
}
