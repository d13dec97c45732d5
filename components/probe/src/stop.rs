//! The traps of the probe. A backtrace names the functions on the stack, so their names are the reasons.

macro_rules! reasons {
    ($($(#[$attribute:meta])* $reason:ident)*) => {
        /// The build keeps the names of the functions in a module of this name, see `trap!` of `interpose-adapter`.
        mod because {
            $(
                $(#[$attribute])*
                #[cold]
                #[inline(never)]
                pub fn $reason() -> ! {
                    // Different text keeps the linker from folding all of these functions into one.
                    ::std::hint::black_box(::std::stringify!($reason));
                    ::std::process::abort()
                }
            )*
        }
        $($(#[$attribute])* pub(crate) use because::$reason;)*
    };
}

reasons! {
    the_settings_of_the_probe_are_damaged
    the_run_differs_from_its_recording
    the_recording_ends_here
    the_recording_is_damaged
    #[cfg(feature = "inject")]
    a_fault_of_the_policy_took_the_power_away
    #[cfg(feature = "inject")]
    the_files_that_the_run_begins_with_are_damaged
}
