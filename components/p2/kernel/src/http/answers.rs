//! The answers to requests that the configuration has.

use std::rc::Rc;

use interpose_http::{Answer, OutgoingRequest, Responses, Room};
use interpose_settings::ResponsesConfig;

/// The answers to requests.
pub struct Answers {
    responses: Responses<Rc<Answer>>,
    /// Whether a request that none of them answers goes to the layer below.
    pub others_go_below: bool,
    /// Whether the host's `wasi:http/types` can be called.
    pub host_types: bool,
    /// Whether the host's monotonic clock may be asked.
    pub monotonic_clock: bool,
}

impl Answers {
    /// The answers that a configuration describes. Without one, all requests go to the layer below.
    pub fn new(config: Option<ResponsesConfig<'_>>) -> Result<Self, String> {
        let config = config.unwrap_or(ResponsesConfig {
            list: Vec::new(),
            others_go_below: true,
            host_types: true,
            monotonic_clock: false,
        });
        // The headers of answers exist once, however many requests are answered, so they need no room of the guest's.
        let room = Room::new(usize::MAX);
        let mut responses = Vec::with_capacity(config.list.len());
        for response in config.list {
            let headers = response.headers.iter();
            let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
            let (status, latency) = (response.status, response.latency);
            let answer = Answer::new(status, headers, response.body, latency, &room)
                .map_err(|error| format!("a response has an invalid header: {error}"))?;
            responses.push((response.requests, response.times, Rc::new(answer)));
        }
        Ok(Self {
            responses: Responses::new(responses),
            others_go_below: config.others_go_below,
            host_types: config.host_types,
            monotonic_clock: config.monotonic_clock,
        })
    }

    /// The answer to a request, if there is one.
    pub fn answer(&mut self, request: &OutgoingRequest<'_>) -> Option<Rc<Answer>> {
        self.responses.answer(request).cloned()
    }
}
