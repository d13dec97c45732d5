//! The reasons for which adapters refuse calls, as numbers that an adapter can tell its host.

/// Declares [`Reason`] with a number for each variant, in order.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The rule of a policy that refused a call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

reasons! {
    /// `[filesystem]`: a glob hides the path.
    Hidden,
    /// `[filesystem]`: a move would change which paths a glob hides.
    HiddenBelow,
    /// `[filesystem]`: the mount is read-only.
    ReadOnly,
    /// `[filesystem]`: files in memory would have more than `max-bytes`.
    MaxBytes,
    /// `[filesystem]`: there would be more files in memory than `max-entries`.
    MaxEntries,
    /// `[filesystem]`: there is no mount.
    NoMounts,
    /// `[network]`: no rule lets a socket connect, or send, to the peer.
    Connect,
    /// `[network]`: no rule lets a socket be bound to the address.
    Listen,
    /// `[network]`: no rule is about sockets of the protocol.
    Protocol,
    /// `[network]`: no rule lets the name be looked up.
    Lookup,
    /// `[network]`: a peer's connection or datagram was dropped.
    Peer,
    /// `[http]`: no rule allows the request.
    Request,
    /// `[http]`: the host would not change the headers as the policy says.
    Headers,
    /// `[environment]`: the policy may withhold variables of the host.
    Variables,
    /// `[arguments]`: the policy withholds the host's arguments.
    Arguments,
    /// `[exit]`: the application may not exit.
    Exit,
    /// `[clocks]`: there are no clocks.
    Clocks,
    /// `[random]`: there are no random numbers.
    Random,
    /// `[config]`: the key is not inherited.
    Key,
    /// `[stdio]`: standard input may not be read.
    Stdin,
    /// `[stdio]`: standard output may not be written.
    Stdout,
    /// `[stdio]`: standard error may not be written.
    Stderr,
}

impl Reason {
    /// The number of the reason.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The reason with a number; `None` if no reason has it.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_number_of_its_own() {
        for reason in Reason::ALL {
            assert_eq!(Reason::of_number(reason.number()), Some(*reason));
        }
        assert_eq!(Reason::of_number(u8::MAX), None);
    }
}
