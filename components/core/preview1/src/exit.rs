use alloc::string::{String, ToString};

/// What a host learns of an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success or failure: `exit` of WASI 0.2.
    Result,
    /// Every code of up to eight bits: `exit-with-code` of WASI 0.2.12.
    Code,
}

impl Exit {
    /// The code as the host is told it: a code that the host cannot be told is a failure, which is 1.
    pub fn told(self, code: u32) -> u8 {
        match (self, u8::try_from(code)) {
            (Self::Code, Ok(code)) => code,
            (Self::Result, Ok(0)) => 0,
            _ => 1,
        }
    }

    /// The line that says the code, if the host is told another one.
    pub fn note(self, code: u32) -> Option<String> {
        (u32::from(self.told(code)) != code).then(|| {
            // `format!` calls through tables, and what a table mentions stays in the component of every program.
            let parts = [
                "interpose: exit code ",
                &code.to_string(),
                " (the host learns only that the program failed)\n",
            ];
            parts.concat()
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_code_that_the_host_cannot_be_told_is_a_failure_with_a_note() {
        for (exit, code, told) in [
            (Exit::Result, 0, 0),
            (Exit::Result, 1, 1),
            (Exit::Code, 0, 0),
            (Exit::Code, 1, 1),
            (Exit::Code, 42, 42),
            (Exit::Code, 255, 255),
        ] {
            assert_eq!((exit.told(code), exit.note(code)), (told, None), "{code}");
        }
        for (exit, code) in [
            (Exit::Result, 2),
            (Exit::Result, 255),
            (Exit::Result, 256),
            (Exit::Code, 256),
            (Exit::Code, u32::MAX),
        ] {
            assert_eq!(exit.told(code), 1, "{code}");
            let note = exit.note(code).expect("a note");
            assert!(note.contains(&format!("exit code {code} ")), "{note}");
            assert_eq!(note.matches('\n').count(), 1, "{note}");
        }
    }
}
