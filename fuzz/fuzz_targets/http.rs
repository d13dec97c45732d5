//! The syntax of HTTP and collections of fields: what is taken can be read again, and never panics.
#![no_main]

use interpose_http::{
    Fields, is_authority, is_field_name, is_field_value, is_method, is_path_with_query, is_scheme,
};
use libfuzzer_sys::fuzz_target;

/// A field, and what is done with it.
type Step<'a> = (&'a str, Vec<u8>, u8);

fuzz_target!(|input: (&str, Vec<Step<'_>>)| {
    let (text, steps) = input;
    for taken in [
        is_method(text),
        is_field_name(text),
        is_scheme(text),
        is_authority(text),
    ] {
        assert!(
            !taken || text.bytes().all(|byte| byte > b' ' && byte != 0x7f),
            "{text:?}"
        );
    }
    assert!(
        !is_path_with_query(text) || text.bytes().all(|byte| byte > b' ' && byte != 0x7f),
        "{text:?}"
    );
    let mut fields = Fields::new();
    for (name, value, what) in steps {
        let line_end = value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
        assert!(!is_field_value(&value) || !line_end, "{value:?}");
        let before = fields.get(name).len();
        match what % 3 {
            0 => {
                if fields.append(name, value.clone()).is_ok() {
                    assert!(is_field_name(name) && is_field_value(&value));
                    assert_eq!(fields.get(name).len(), before + 1);
                }
            }
            1 => {
                if fields.set(name, vec![value.clone()]).is_ok() {
                    assert_eq!(fields.get(&name.to_ascii_uppercase()), [value]);
                }
            }
            _ => {
                if fields.delete(name).is_ok() {
                    assert!(fields.get(name).is_empty());
                }
            }
        }
        fields.content_length();
    }
    assert!(
        fields
            .iter()
            .all(|(name, value)| is_field_name(name) && is_field_value(value))
    );
});
