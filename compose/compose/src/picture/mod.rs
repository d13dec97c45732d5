//! Pictures of a composition: the application, its interposers, the adapters and the host, with the policy's rules on the
//! way to the host.
//!
//! A [`Picture`] is a graph of boxes and arrows. [`Picture::to_svg`] lays it out and writes it as one file that needs no
//! other, for light and dark pages; [`Picture::to_mermaid`] writes it for renderers that lay it out themselves. Equal
//! compositions give equal bytes.
//!
//! A picture shows names that a policy sets, such as those of variables and headers, but not their values: it is made to be
//! shown to others.
//!
//! | Module | Does |
//! | --- | --- |
//! | `model` | holds a picture |
//! | `rules` | says in short lines what the decisions about a capability are |
//! | `compose` | makes a picture of a composition or of a graph |
//! | `text` | measures and wraps text, and makes every character of it visible |
//! | `spread` | moves intervals apart |
//! | `layout` | gives boxes, labels and arrows their places |
//! | `svg`, `mermaid` | write a picture |

mod compose;
mod layout;
mod mermaid;
mod model;
mod rules;
mod spread;
mod svg;
mod text;

pub use model::{Arrow, Node, NodeKind, Picture};
