//! Damaged components of every kind lead to errors, never to panics.

use wasi_interpose::application::{Application, ApplicationError};
use wasi_interpose::compose::ComposeError;
use wasi_interpose::surface::Surface;

use crate::support::tools::{COMPOSER, builtin, dummy};

/// A small application with imports, exports, a module and an instance.
fn small() -> Vec<u8> {
    dummy(
        "package test:app;
         world app {
             import wasi:random/random@0.2.12;
             import wasi:cli/stdout@0.2.12;
             export wasi:cli/run@0.2.12;
         }",
    )
}

#[test]
fn every_prefix_is_refused() {
    let whole = small();
    assert!(Application::parse(&whole).is_ok());
    for length in 0..whole.len() {
        // A component that ends between two sections is a smaller component.
        match Application::parse(&whole[..length]) {
            Err(ApplicationError::Invalid { message }) => assert!(!message.is_empty()),
            Err(other) => panic!("{length} bytes: {other}"),
            Ok(application) => drop(Surface::of(application.component()).expect("a surface")),
        }
    }
}

#[test]
fn changed_bytes_are_composed_or_refused() {
    let whole = small();
    let policy = builtin("deterministic");
    let mut composed = 0;
    for position in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[position] ^= change;
            let Ok(application) = Application::parse(&changed) else {
                continue;
            };
            // Most of these changes give other names. Composing one takes a fraction of a second, so only a sample is
            // composed.
            if position % 97 != 0 {
                drop(Surface::of(application.component()));
                continue;
            }
            match COMPOSER.compose(&application, &policy) {
                Ok(_) => composed += 1,
                Err(ComposeError::Audit(error)) => panic!("byte {position} ^ {change}: {error}"),
                Err(_) => {}
            }
        }
    }
    assert!(composed > 0, "no change was harmless");
}

#[test]
fn types_that_cannot_be_composed_are_an_error() {
    let policy = builtin("inherit");
    for text in [
        // A function of the world uses a resource of an interface.
        r#"(component
            (import "acme:a/b" (instance $i (export "r" (type (sub resource)))))
            (alias export $i "r" (type $r))
            (import "f" (func (result (own $r)))))"#,
        r#"(component
            (import "r" (type $r (sub resource)))
            (import "acme:a/b" (instance (export "r" (type (eq $r))))))"#,
        // Two imports have compatible versions and different types.
        r#"(component
            (import "acme:a/b@1.0.0" (instance (export "f" (func (result u32)))))
            (import "acme:a/b@1.1.0" (instance (export "f" (func (result string))))))"#,
    ] {
        let application = Application::parse(text.as_bytes()).expect("a component");
        match COMPOSER.compose(&application, &policy) {
            Ok(composition) => assert!(composition.plan.layers.is_empty()),
            Err(ComposeError::Graph(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
