//! Functions, and the core functions on both sides of a call.

use std::sync::Arc;

use super::types::{MAX_FLAT_PARAMETERS, Number, Type, Unsupported};

/// The type of a core function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreType {
    /// Its parameters.
    pub parameters: Vec<Number>,
    /// Its result.
    pub result: Option<Number>,
}

/// The parameters and the result of a function that is not asynchronous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The arguments as a record, which is how they lie in memory.
    pub arguments: Arc<Type>,
    /// The type of the result.
    pub result: Option<Arc<Type>>,
}

impl Signature {
    /// A function with these parameters and this result.
    ///
    /// # Errors
    /// [`Unsupported::TooLarge`] when all arguments together have no address.
    pub fn new(
        parameters: impl IntoIterator<Item = Arc<Type>>,
        result: Option<Arc<Type>>,
    ) -> Result<Self, Unsupported> {
        Ok(Self {
            arguments: Arc::new(Type::record(parameters)?),
            result,
        })
    }

    /// Whether the arguments are passed in memory, because they are more than [`MAX_FLAT_PARAMETERS`] numbers.
    pub fn has_arguments_in_memory(&self) -> bool {
        self.arguments.flat.is_none()
    }

    /// Whether the result is returned in memory, because it is more than one number.
    pub fn has_result_in_memory(&self) -> bool {
        let result = self.result.as_ref();
        result.is_some_and(|ty| ty.flat.as_ref().is_none_or(|numbers| numbers.len() > 1))
    }

    /// Whether a handle can be among the arguments or in the result.
    pub fn has_handles(&self) -> bool {
        let mut types = [Some(&self.arguments), self.result.as_ref()]
            .into_iter()
            .flatten();
        types.any(|ty| ty.owns() || ty.borrows())
    }

    /// Whether the caller has to have a memory.
    pub fn needs_memory(&self) -> bool {
        self.has_arguments_in_memory()
            || self.has_result_in_memory()
            || self.arguments.has_pointers()
    }

    /// Whether the caller has to have a function that allocates memory, for what the result points to.
    pub fn allocates_for_caller(&self) -> bool {
        self.result.as_ref().is_some_and(|ty| ty.has_pointers())
    }

    /// Whether the callee has to have a function that allocates memory, for the arguments or what they point to.
    pub fn allocates_for_callee(&self) -> bool {
        self.has_arguments_in_memory() || self.arguments.has_pointers()
    }

    /// How much code moves the arguments and the result; see [`Type::weight`].
    pub fn weight(&self) -> u32 {
        let result = self.result.as_ref().map_or(0, |ty| ty.weight());
        self.arguments.weight().saturating_add(result)
    }

    /// The core function that the caller imports (`canon lower`): the last parameter is where the result goes, if that
    /// is in memory.
    pub fn lowered(&self) -> CoreType {
        let mut parameters = self.flat_arguments();
        if self.has_result_in_memory() {
            parameters.push(Number::I32);
        }
        CoreType {
            parameters,
            result: self.flat_result(),
        }
    }

    /// The core function that the callee exports (`canon lift`): the result is where it lies, if that is in memory.
    pub fn lifted(&self) -> CoreType {
        let in_memory = self.has_result_in_memory().then_some(Number::I32);
        CoreType {
            parameters: self.flat_arguments(),
            result: in_memory.or(self.flat_result()),
        }
    }

    fn flat_arguments(&self) -> Vec<Number> {
        let flat = self.arguments.flat.clone();
        debug_assert!(
            flat.as_ref()
                .is_none_or(|flat| flat.len() <= MAX_FLAT_PARAMETERS)
        );
        flat.unwrap_or_else(|| vec![Number::I32])
    }

    fn flat_result(&self) -> Option<Number> {
        match self.result.as_ref()?.flat.as_deref()? {
            [number] => Some(*number),
            _ => None,
        }
    }
}
