//! The module's ABI, as docs/interpreter.md tells it.

use super::Host;

/// A negative status and its sentence.
#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) code: i32,
    pub(crate) text: String,
}

/// The interpreter's module in some engine.
pub(crate) struct Guest<H> {
    pub(crate) host: H,
}

impl<H: Host> Guest<H> {
    pub(crate) fn new(host: H) -> Self {
        Self { host }
    }

    /// Calls an export that cannot fail.
    pub(crate) fn call(&mut self, name: &str, arguments: &[i64]) -> i64 {
        let name = format!("rvf_interpreter_{name}");
        self.host.call(&name, arguments).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Hands bytes over, calls an export with their place, and takes them back.
    pub(crate) fn hand(&mut self, name: &str, bytes: &[u8]) -> i64 {
        let len = bytes.len().max(1) as i64;
        let at = self.call("alloc", &[len]);
        assert!(at != 0 && at % 16 == 0);
        self.host.write(at, bytes);
        let result = self.call(name, &[at, bytes.len() as i64]);
        self.call("free", &[at, len]);
        result
    }

    pub(crate) fn status(&mut self, status: i64) -> Result<i64, Status> {
        if status >= 0 {
            return Ok(status);
        }
        let (at, len) = (self.call("error_ptr", &[]), self.call("error_len", &[]));
        let text = String::from_utf8(self.host.bytes(at, len)).unwrap();
        assert!(!text.is_empty());
        Err(Status { code: status as i32, text })
    }

    pub(crate) fn load(&mut self, module: &[u8]) -> Result<(), Status> {
        let status = self.hand("load", module);
        self.status(status).map(drop)
    }

    pub(crate) fn instantiate(&mut self, pages: u32, stack_bytes: u32, elements: u32) -> Result<(), Status> {
        let status =
            self.call("instantiate", &[i64::from(pages), i64::from(stack_bytes), i64::from(elements)]);
        self.status(status).map(drop)
    }

    pub(crate) fn find(&mut self, name: &str) -> Result<i64, Status> {
        let status = self.hand("find", name.as_bytes());
        self.status(status)
    }

    /// Bytes of the types of parameters and results.
    pub(crate) fn signature(&mut self, function: i64) -> (Vec<u8>, Vec<u8>) {
        let at = self.call("signature", &[function]);
        assert!(at != 0);
        let word = |bytes: &[u8]| i64::from(u32::from_le_bytes(bytes.try_into().unwrap()));
        let (params, results) = (word(&self.host.bytes(at, 4)), word(&self.host.bytes(at + 4, 4)));
        (self.host.bytes(at + 8, params), self.host.bytes(at + 8 + params, results))
    }

    /// Calls a function with cells, giving fuel in slices until it is done.
    pub(crate) fn run(
        &mut self,
        function: i64,
        cells: &[u64],
        results: usize,
        slice: i64,
    ) -> Result<Vec<u64>, Status> {
        let at = self.call("cells_ptr", &[]);
        for (n, cell) in cells.iter().enumerate() {
            self.host.write(at + 8 * n as i64, &cell.to_le_bytes());
        }
        let mut status = self.call("call", &[function, slice]);
        while status == 1 {
            status = self.call("resume", &[slice]);
        }
        self.status(status)?;
        Ok(self.cells(results))
    }

    pub(crate) fn cells(&mut self, count: usize) -> Vec<u64> {
        let at = self.call("cells_ptr", &[]);
        let bytes = self.host.bytes(at, 8 * count as i64);
        bytes.as_chunks().0.iter().map(|cell| u64::from_le_bytes(*cell)).collect()
    }

    /// The guest's memory: where it is, and how long.
    pub(crate) fn memory_place(&mut self) -> std::ops::Range<usize> {
        let base = self.call("memory_base", &[]) as u32 as usize;
        base..base + self.call("memory_len", &[]) as u32 as usize
    }
}

/// Cells of values with these type bytes.
pub(crate) fn cells_of(types: &[u8]) -> usize {
    types.iter().map(|ty| 1 + usize::from(*ty == 0x7B)).sum()
}
