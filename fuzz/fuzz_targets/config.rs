//! Any bytes as the configuration of each adapter: decoded or refused, never a panic, and what was decoded is encoded and
//! decoded as the same.
#![no_main]

use interpose_settings::{
    ClocksConfig, Configuration, EnvironmentConfig, FORMAT_VERSION, HostFilesystemConfig,
    HttpConfig, KernelConfig, NetworkConfig, RandomConfig, StoreConfig, decode, encode,
};
use libfuzzer_sys::fuzz_target;

/// Decodes bytes as a configuration of this type, as they are and behind a header that fits, so that the fuzzer need
/// not find it. A macro, because some types borrow from what they are decoded from.
macro_rules! check {
    ($type:ty, $bytes:expr) => {
        let _ = decode::<$type>($bytes);
        let adapter = <$type as Configuration>::ADAPTER;
        let mut whole = vec![FORMAT_VERSION as u8, adapter.len() as u8];
        whole.extend_from_slice(adapter.as_bytes());
        whole.extend_from_slice($bytes);
        if let Ok(value) = decode::<$type>(&whole) {
            let again = encode(&value);
            assert_eq!(decode::<$type>(&again).as_ref(), Ok(&value));
        }
    };
}

fuzz_target!(|bytes: &[u8]| {
    check!(ClocksConfig, bytes);
    check!(EnvironmentConfig, bytes);
    check!(HostFilesystemConfig, bytes);
    check!(HttpConfig, bytes);
    check!(KernelConfig<'_>, bytes);
    check!(NetworkConfig, bytes);
    check!(RandomConfig, bytes);
    check!(StoreConfig, bytes);
});
