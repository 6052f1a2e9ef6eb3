//! The solver linked natively, over the same mapped file.

use crate::Result;
use rvf_loader::Rvf;
use rvf_loader::abi::encode_directory;
use rvf_loader::job::Segments;
use rvf_loader::segments::FileSegments;
use serde_json::{Map, Value, json};
use solver_microkernel::{Instance, Status, Values};

/// The solver linked natively, over the same file and through the same checks of blocks.
pub(crate) struct Native<'f> {
    instance: Instance,
    segments: FileSegments<'f>,
}

impl<'f> Native<'f> {
    pub(crate) fn start(rvf: &'f Rvf<'f>) -> Result<Self> {
        let segments = FileSegments::of(&rvf.file()?)?;
        let mut native = Self { instance: Instance::default(), segments };
        let status = native.instance.open(&encode_directory(native.segments.directory()));
        native.check(status)?;
        Ok(native)
    }

    fn check(&self, status: Status) -> Result<()> {
        if status.is_fault() {
            return Err(String::from_utf8_lossy(self.instance.error()).into());
        }
        Ok(())
    }

    pub(crate) fn run(&mut self, request: &[u8], columns: bool) -> Result<(Value, Map<String, Value>)> {
        let status = self.instance.begin(request);
        self.check(status)?;
        let mut out = Map::new();
        loop {
            let status = self.instance.step(0);
            self.check(status)?;
            if columns && matches!(status, Status::Rows | Status::Done) {
                for column in self.instance.columns() {
                    let values = match column.values {
                        Values::U32(values) => json!(values),
                        Values::U64(values) => json!(values),
                        Values::F32(values) => json!(values),
                        Values::F64(values) => json!(values),
                    };
                    let all = out.entry(column.name).or_insert_with(|| json!([]));
                    if let (Value::Array(all), Value::Array(values)) = (all, values) {
                        all.extend(values);
                    }
                }
            }
            match status {
                Status::Reads => {
                    for read in self.instance.reads().to_vec() {
                        let bytes = self.segments.read(read.segment, read.offset, read.len)?;
                        let to = self.instance.buffer_mut().get_mut(read.dst as usize..).unwrap_or_default();
                        to.get_mut(..bytes.len()).ok_or("a read past the buffer")?.copy_from_slice(bytes);
                    }
                }
                Status::Done => return Ok((serde_json::from_slice(self.instance.summary())?, out)),
                _ => {}
            }
        }
    }
}
