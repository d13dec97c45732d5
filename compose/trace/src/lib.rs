//! Shows calls between components.
//!
//! The calls come as the [events](interpose_calls::Event) of a probe. A [`Tracer`] follows those of one instance and passes
//! each call, with what is known of it, to a [`Format`]:
//!
//! | Format | Shows |
//! | --- | --- |
//! | [`Text`] | a line a call, as `strace` does |
//! | [`Json`] | an object a line, for programs |
//! | [`Summary`] | a table with a line a function |
//! | [`Page`] | a page for a browser, with time on one axis and the interfaces on the other |
//!
//! [`Labels`] knows what each resource stands for, and a [`Filter`] chooses the functions that are shown.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use interpose_calls::{Event, Function, Table};
//! use interpose_trace::{Filter, Functions, Text, Timed, Tracer};
//!
//! let table = Table {
//!     functions: vec![Function {
//!         interface: "wasi:cli/environment@0.2.6".into(),
//!         name: "get-arguments".into(),
//!         parameters: vec![],
//!         result: None,
//!         arguments_in_memory: false,
//!         result_in_memory: false,
//!     }],
//!     ..Table::default()
//! };
//! let functions = Arc::new(Functions::new(Arc::new(table), &Filter::default()));
//! let mut tracer = Tracer::new(functions, None);
//! let mut text = Text::new();
//! for (micros, event) in [
//!     (5, Event::Call { function: 0, arguments: vec![] }),
//!     (7, Event::Return { function: 0, result: None }),
//! ] {
//!     let at = Duration::from_micros(micros);
//!     tracer.observe(Timed { at, event }, &mut text);
//! }
//! assert_eq!(text.take(), "   0.000005 cli environment.get-arguments() = () <0.000002>\n");
//! ```

mod filter;
mod functions;
mod json;
pub mod outcome;
mod page;
mod summary;
mod text;
mod tracer;
mod value;

pub use filter::{Filter, FilterError, Unmatched};
pub use functions::Functions;
pub use interpose_labels::Labels;
pub use json::Json;
pub use outcome::Outcome;
pub use page::Page;
pub use summary::Summary;
pub use text::Text;
pub use tracer::{Call, Format, Scope, Timed, Tracer};
