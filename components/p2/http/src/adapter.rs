//! The type for which everything that this component exports is implemented, and its state.

use interpose_adapter::state;
#[cfg(feature = "headers")]
use interpose_http::HeaderRules;
use interpose_http::HttpMatcher;

/// The filter.
pub struct Adapter;

/// The policy.
pub struct State {
    /// Which requests are allowed.
    pub matcher: HttpMatcher,
    /// Which headers each request has.
    #[cfg(feature = "headers")]
    pub headers: HeaderRules,
}

state! {
    /// The policy, once the filter is configured.
    pub static STATE: State
}
