//! Any bytes as the configuration of each adapter: decoded or refused, never a panic, and what was decoded is encoded and
//! decoded as the same.
#![no_main]

use std::fmt::Debug;

use interpose_config::{
    ClocksConfig, Configuration, EnvironmentConfig, FORMAT_VERSION, HttpConfig, KernelConfig,
    NetworkConfig, RandomConfig, StoreConfig, decode, encode,
};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    check::<ClocksConfig>(bytes);
    check::<EnvironmentConfig>(bytes);
    check::<HttpConfig>(bytes);
    check::<KernelConfig>(bytes);
    check::<NetworkConfig>(bytes);
    check::<RandomConfig>(bytes);
    check::<StoreConfig>(bytes);
});

fn check<T: Configuration + Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    let _ = decode::<T>(bytes);
    // Behind a header that fits, so that the fuzzer need not find it.
    let mut whole = vec![FORMAT_VERSION as u8, T::ADAPTER.len() as u8];
    whole.extend_from_slice(T::ADAPTER.as_bytes());
    whole.extend_from_slice(bytes);
    if let Ok(value) = decode::<T>(&whole) {
        let again = encode(&value);
        assert_eq!(decode::<T>(&again).as_ref(), Ok(&value));
    }
}
