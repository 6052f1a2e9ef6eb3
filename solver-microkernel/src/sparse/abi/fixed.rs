//! The choice of a method without a policy: by fixed rules alone. The other half of `choose`, for builds
//! without the feature `policy`.

use super::files::File;
use super::request::Request;
use crate::sparse::Method;
use crate::sparse::refusal::Refusal;
use crate::text::Text;
use solver_lists::Vec;

/// Bytes of the longest policy of methods: none is read.
pub(crate) const POLICY_BYTES: usize = 0;

/// Nothing to remember.
pub(crate) struct Chooser {}
solver_lists::blank!(Chooser {});

#[allow(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "the other half has a use for them")]
impl Chooser {
    /// No policy is of use.
    pub(crate) const fn wants_policy(_: &Request) -> bool {
        false
    }

    pub(crate) const fn offer(&mut self, _: &[u8]) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// The method of the request, which is no advice.
    pub(crate) fn method(&mut self, request: &Request, _: &File) -> (Method, bool) {
        (Method::ALL.get(request.method() as usize).copied().unwrap_or(Method::Auto), false)
    }

    pub(crate) const fn takes_second(&mut self, _: &Request, _: &File) -> bool {
        false
    }

    pub(crate) const fn spend(&mut self, _: u64) {}

    pub(crate) const fn charge(&mut self, _: u64) {}

    pub(crate) const fn is_over(&self) -> bool {
        false
    }

    pub(crate) const fn give_up(&mut self, _: Option<usize>, _: &File) -> Method {
        Method::Auto
    }

    pub(crate) const fn summarize(&self, _: Option<usize>, _: bool, _: &mut Text) {}

    pub(crate) const fn learned(&self) -> u64 {
        0
    }
}

/// There are no arms.
pub(crate) const fn arm_of(_: Method, _: &File) -> Option<usize> {
    None
}

/// There is no operation that comes here.
pub(crate) const fn learn(_: &mut Chooser, _: &[u64], _: &mut Vec<u64>) -> Result<(), Refusal> {
    Ok(())
}
