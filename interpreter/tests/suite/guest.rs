//! The interpreter as a module, built with linking, in another engine.

use crate::script::{Failure, Runner};
use crate::support::{Guest, Host, Status, cells_of};

/// Small slices, so that the suite tests pauses.
const SLICE: i64 = 1_000;

pub(crate) struct InModule<H>(Guest<H>);

impl<H: Host> InModule<H> {
    pub(crate) fn new(host: H) -> Self {
        let mut guest = Guest::new(host);
        assert_eq!(guest.call("abi_version", &[]), 1);
        assert_eq!(guest.call("capabilities", &[]) >> 16, 1, "built with linking");
        Self(guest)
    }
}

fn failure(status: Status) -> Failure {
    Failure { status: status.code, text: status.text }
}

impl<H: Host> Runner for InModule<H> {
    fn validate(&mut self, module: &[u8]) -> Result<(), Failure> {
        self.0.load(module).map_err(failure)
    }

    fn load(&mut self, module: &[u8]) -> Result<u32, Failure> {
        self.0.load(module).map_err(failure)?;
        self.0.instantiate(65_535, 1 << 20, 10_000_000).map_err(failure)?;
        Ok(self.0.call("current", &[]) as u32)
    }

    fn register(&mut self, instance: u32, name: &str) {
        self.0.call("select", &[i64::from(instance)]);
        self.0.hand("register", name.as_bytes());
    }

    fn call(&mut self, instance: u32, name: &str, arguments: &[u64]) -> Result<Vec<u64>, Failure> {
        self.0.call("select", &[i64::from(instance)]);
        let function = self.0.find(name).map_err(failure)?;
        let (_, results) = self.0.signature(function);
        self.0.run(function, arguments, cells_of(&results), SLICE).map_err(failure)
    }

    fn global(&mut self, instance: u32, name: &str) -> Result<Vec<u64>, Failure> {
        self.0.call("select", &[i64::from(instance)]);
        let status = self.0.hand("global", name.as_bytes());
        self.0.status(status).map_err(failure)?;
        Ok(self.0.cells(1))
    }
}
