//! Telling the host what the policy refuses.
//!
//! An adapter has no import for that, because a composition for any host may import nothing but WASI. The tool can put a
//! small module beside an adapter that gives it a function of the host when it is instantiated; for this, the adapter
//! exports `interpose-report-to` from its core module. Where nobody is to be told, the tool empties [`tell`], which is
//! exported so that the tool finds it, and removes what only `tell` reaches.
//!
//! The attributes that export functions count as `unsafe`, because two functions of one name would be mixed up.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};

use interpose_settings::Reason;

/// The function of the host: the number of the reason, the function that was called, and what it was asked for, each
/// text as its address and length.
type Reporter = extern "C" fn(u32, *const u8, usize, *const u8, usize);

thread_local! {
    static REPORTER: Cell<Option<Reporter>> = const { Cell::new(None) };
}

/// The most bytes of a text that the host is told.
const MAX_BYTES: usize = 1024;

/// A call that the policy refuses.
pub struct Refusal<'a> {
    /// The rule that refuses it.
    pub reason: Reason,
    /// The function of WASI, under its name there.
    pub function: &'a str,
    /// What it was asked for.
    pub subject: Subject<'a>,
}

/// What a call was asked for.
pub enum Subject<'a> {
    /// A text in pieces.
    Text(&'a [&'a str]),
    /// The address of a peer or of this host, with the protocol.
    Socket(&'a str, SocketAddr),
}

/// Tells the host of a refusal, if it wants to know. Texts are cut after a thousand bytes.
pub fn refused(reason: Reason, function: &str, subject: Subject<'_>) {
    tell(&Refusal {
        reason,
        function,
        subject,
    });
}

/// Tells the host of a refusal, if it wants to know.
#[cold]
#[inline(never)]
#[unsafe(export_name = "interpose-refused")]
extern "C" fn tell(refusal: &Refusal<'_>) {
    let Some(report) = REPORTER.get() else {
        return;
    };
    let mut subject = String::new();
    match refusal.subject {
        Subject::Text(pieces) => pieces.iter().for_each(|piece| push(&mut subject, piece)),
        Subject::Socket(protocol, address) => push_socket(&mut subject, protocol, address),
    }
    let function = refusal.function;
    let number = u32::from(refusal.reason.number());
    report(
        number,
        function.as_ptr(),
        function.len(),
        subject.as_ptr(),
        subject.len(),
    );
}

/// Appends as much of a piece as the host is told.
fn push(subject: &mut String, piece: &str) {
    let room = MAX_BYTES.saturating_sub(subject.len());
    // Slicing could panic, for all that the compiler knows, and the message would bring much code into each adapter.
    let cut = piece.get(..piece.floor_char_boundary(room));
    subject.push_str(cut.unwrap_or_default());
}

/// Appends a protocol and an address as rules have them, but IPv6 addresses in full. The formatting of the standard library
/// would make each adapter larger by a third.
fn push_socket(subject: &mut String, protocol: &str, address: SocketAddr) {
    subject.push_str(protocol);
    subject.push_str("://");
    match address.ip() {
        IpAddr::V4(ip) => {
            for (position, part) in ip.octets().into_iter().enumerate() {
                if position > 0 {
                    subject.push('.');
                }
                push_number(subject, u32::from(part), 10);
            }
        }
        IpAddr::V6(ip) => {
            for (position, part) in ip.segments().into_iter().enumerate() {
                subject.push(if position > 0 { ':' } else { '[' });
                push_number(subject, u32::from(part), 16);
            }
            subject.push(']');
        }
    }
    subject.push(':');
    push_number(subject, u32::from(address.port()), 10);
}

/// Appends a number in base 10 or 16.
fn push_number(subject: &mut String, number: u32, base: u32) {
    if number >= base {
        push_number(subject, number / base, base);
    }
    subject.extend(char::from_digit(number % base, base));
}

/// Takes the function of the host, which is called before the application can call the adapter.
#[unsafe(export_name = "interpose-report-to")]
extern "C" fn report_to(reporter: Reporter) {
    REPORTER.set(Some(reporter));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static LENGTHS: RefCell<Vec<(u32, usize, usize)>> = const { RefCell::new(Vec::new()) };
    }

    extern "C" fn note(reason: u32, _: *const u8, function: usize, _: *const u8, subject: usize) {
        LENGTHS.with_borrow_mut(|lengths| lengths.push((reason, function, subject)));
    }

    #[test]
    fn addresses_are_written_as_rules_have_them() {
        let written = |address: &str| {
            let mut subject = String::new();
            push_socket(&mut subject, "tcp", address.parse().expect("an address"));
            subject
        };
        for address in ["127.0.0.1:80", "255.10.9.0:0", "1.2.3.100:65535"] {
            assert_eq!(written(address), format!("tcp://{address}"));
        }
        assert_eq!(written("[::1]:8080"), "tcp://[0:0:0:0:0:0:0:1]:8080");
        let full = "[2001:db8:a0:10:ffff:1000:f:0]:443";
        assert_eq!(written(full), format!("tcp://{full}"));
    }

    #[test]
    fn the_host_is_told_short_texts_once_it_asked() {
        fn tell(subject: Subject<'_>) {
            refused(Reason::Connect, "start-connect", subject);
        }
        tell(Subject::Text(&["nobody listens"]));
        report_to(note);
        tell(Subject::Text(&["/", "a"]));
        tell(Subject::Text(&["ü", &"x".repeat(5000), "y"]));
        tell(Subject::Text(&[&"ü".repeat(511), "xü"]));
        tell(Subject::Socket("tcp", ([127, 0, 0, 1], 80).into()));
        let number = u32::from(Reason::Connect.number());
        let expected = [2, 1024, 1023, "tcp://127.0.0.1:80".len()];
        LENGTHS.with_borrow(|lengths| {
            assert_eq!(*lengths, expected.map(|subject| (number, 13, subject)));
        });
    }
}
