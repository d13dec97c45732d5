//! Checks the names and values of headers.

use interpose_http::is_token;

use crate::error::Problem;
use crate::reader::{Reader, Text};

/// Checks the value of a header. Bytes beyond ASCII have no common meaning (RFC 9110 section 5.5).
pub(super) fn check_value(reader: &mut Reader<'_>, value: &Text<'_>) {
    let what = "the value of a header";
    let mut bytes = value.value.bytes();
    if !bytes.all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) {
        let reason = "consists of printable ASCII characters";
        reader.report(&value.span, Problem::Text { what, reason });
    }
    if value.value.trim() != value.value {
        let reason = "neither begins nor ends with white space";
        reader.report(&value.span, Problem::Text { what, reason });
    }
}

/// Reports a header that belongs to the connection and not to the request (RFC 9110 sections 7.2 and 7.6.1, RFC 9112
/// section 6). Hosts write these headers, and refuse those of a guest.
pub(super) fn hosts_own(reader: &mut Reader<'_>, name: &Text<'_>) {
    reader
        .report(
            &name.span,
            Problem::Text {
                what: "this header",
                reason: "is the host's to set",
            },
        )
        .with_hint("leave it out; the host lets no application send one of its own");
}

/// Reads the name of a header (a token of RFC 9110 section 5.6.2) in any case of letters.
pub(super) fn header_name(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<String> {
    if !is_token(text.value) {
        let reason = "consists of letters, digits and `!#$%&'*+-.^_|~` or a backquote";
        reader.report(
            &text.span,
            Problem::Text {
                what: "the name of a header",
                reason,
            },
        );
        return None;
    }
    Some(text.value.to_ascii_lowercase())
}
