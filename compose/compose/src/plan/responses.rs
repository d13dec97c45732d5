//! Plans the answers of a kernel to HTTP requests.

use interpose_policy::model::{Clocks, Contents, HttpResponse};

use super::answers::{ResponsePlan, ResponsesPlan};
use super::bake::read_file;
use super::decide::{answers, has, uses};
use super::error::PlanError;
use super::network::{handles_requests, http_reaches_host};
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::Capability;

/// The answers to HTTP requests, with the files that are their bodies; `None` if the policy has none or the application
/// makes no requests.
pub(super) fn responses(
    decisions: &Decisions,
    surface: &Surface,
) -> Result<Option<ResponsesPlan>, PlanError> {
    let http = decisions.http.rules();
    let Some(http) = http.filter(|_| answers(decisions, surface)) else {
        return Ok(None);
    };
    let list = http.responses.iter().map(response);
    let others_go_below = http_reaches_host(decisions, surface);
    let asks_host = !matches!(
        decisions.clocks,
        Clocks::Virtual { .. } | Clocks::Frozen { .. } | Clocks::Deny
    );
    Ok(Some(ResponsesPlan {
        list: list.collect::<Result<_, _>>()?,
        others_go_below,
        host_types: others_go_below || handles_requests(surface),
        monotonic_clock: asks_host
            && has(surface, "wasi:clocks/monotonic-clock")
            && uses(surface, Capability::Clocks),
    }))
}

fn response(response: &HttpResponse) -> Result<ResponsePlan, PlanError> {
    let body = match &response.body {
        Contents::Text(text) => text.clone().into_bytes(),
        Contents::File(path) => read_file(path).map_err(|source| PlanError::ResponseBody {
            path: path.clone(),
            source,
        })?,
    };
    Ok(ResponsePlan {
        requests: response.requests.clone(),
        times: response.times,
        status: response.status,
        headers: response.headers.clone(),
        body,
        latency: response.latency,
    })
}
