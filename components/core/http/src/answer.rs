//! The answer to a request.

use alloc::rc::Rc;
use alloc::string::ToString;

use crate::{FieldError, Fields, Room};

/// Whether answers of this status have content (RFC 9110, section 6.4.1).
pub fn has_content(status: u16) -> bool {
    !(matches!(status, 204 | 304) || (100..200).contains(&status))
}

/// An answer that is known before the request is made.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    fields: Rc<Fields>,
    body: Rc<[u8]>,
    latency: u64,
}

/// When an answer comes, in nanoseconds after the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The answer comes then.
    Answer(u64),
    /// The client has waited long enough then. No answer comes.
    Timeout(u64),
}

impl Arrival {
    /// When the client knows how its request ended, in nanoseconds after it.
    pub fn after(self) -> u64 {
        match self {
            Self::Answer(after) | Self::Timeout(after) => after,
        }
    }
}

impl Answer {
    /// An answer whose first byte comes `latency` nanoseconds after the request. If its status has content and no
    /// header says how long the body is, it gets a `content-length` behind its other headers, as most servers send one.
    ///
    /// # Errors
    /// When a header is not valid, or its name is one that no guest sees, or the headers are too large together.
    pub fn new<'a>(
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: &[u8],
        latency: u64,
        room: &Room,
    ) -> Result<Self, FieldError> {
        let mut fields = Fields::within(room);
        for (name, value) in headers {
            fields.append(name, value.as_bytes().to_vec())?;
        }
        if has_content(status) && fields.content_length().is_none() {
            fields.append("content-length", body.len().to_string().into_bytes())?;
        }
        Ok(Self {
            status,
            fields: Rc::new(fields),
            body: body.into(),
            latency,
        })
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers. They do not change.
    pub fn fields(&self) -> &Rc<Fields> {
        &self.fields
    }

    /// The body that a client gets who made the request with this method. It is empty for `HEAD`, whose answers have
    /// the headers that `GET` would get, but no content (RFC 9110, section 9.3.2).
    pub fn body(&self, method: &str) -> Rc<[u8]> {
        match method {
            "HEAD" => Rc::default(),
            _ if !has_content(self.status) => Rc::default(),
            _ => self.body.clone(),
        }
    }

    /// When the answer comes for a client who waits for its first byte at most `first_byte_timeout` nanoseconds. The
    /// answer comes before a timeout of the same length.
    pub fn arrival(&self, first_byte_timeout: Option<u64>) -> Arrival {
        match first_byte_timeout {
            Some(timeout) if timeout < self.latency => Arrival::Timeout(timeout),
            _ => Arrival::Answer(self.latency),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, FieldError> {
        Answer::new(
            status,
            headers.iter().copied(),
            body,
            50,
            &Room::new(1 << 20),
        )
    }

    fn headers(answer: &Answer) -> Vec<(&str, &[u8])> {
        answer.fields().iter().collect()
    }

    #[test]
    fn headers_are_in_lower_case_and_end_with_the_length() {
        let given = [("X-B", "1"), ("a", "2"), ("x-b", "3")];
        let answer = answer(200, &given, b"body").unwrap();
        let expected: [(&str, &[u8]); 4] = [
            ("x-b", b"1"),
            ("x-b", b"3"),
            ("a", b"2"),
            ("content-length", b"4"),
        ];
        assert_eq!(headers(&answer), expected);
        assert_eq!(answer.status(), 200);
        assert_eq!(*answer.body("GET"), *b"body");
    }

    #[test]
    fn what_has_no_content_has_no_body() {
        let head = answer(200, &[], b"body").unwrap();
        assert!(head.body("HEAD").is_empty() && !head.body("head").is_empty());
        assert_eq!(headers(&head), [("content-length", &b"4"[..])]);
        for status in [204, 304] {
            let answer = answer(status, &[], b"body").unwrap();
            assert!(answer.body("GET").is_empty() && headers(&answer).is_empty());
        }
    }

    #[test]
    fn a_length_that_is_given_stays() {
        let answer = answer(200, &[("Content-Length", "9")], b"body").unwrap();
        assert_eq!(headers(&answer), [("content-length", &b"9"[..])]);
    }

    #[test]
    fn headers_that_no_message_can_have_are_refused() {
        let refused = |name, value| answer(200, &[(name, value)], b"").map(|_| ());
        assert_eq!(refused("a b", "c"), Err(FieldError::InvalidSyntax));
        assert_eq!(refused("a", "c\r\nd: e"), Err(FieldError::InvalidSyntax));
        assert_eq!(refused("connection", "close"), Err(FieldError::Forbidden));
        let small = Room::new(8);
        let large = Answer::new(200, [("a", "b")], b"", 0, &small);
        assert_eq!(large.map(|_| ()), Err(FieldError::TooLarge));
    }

    #[test]
    fn a_client_waits_no_longer_than_it_wants() {
        let answer = answer(200, &[], b"").unwrap();
        assert_eq!(answer.arrival(None), Arrival::Answer(50));
        assert_eq!(answer.arrival(Some(50)), Arrival::Answer(50));
        assert_eq!(answer.arrival(Some(49)), Arrival::Timeout(49));
        assert_eq!(answer.arrival(Some(0)).after(), 0);
    }
}
