//! Where a file goes: any writer, with a note of each segment that passes.

use std::io::{self, Write};

use rvf_format::forever::HEADER_LEN;
use rvf_format::write::Sink;
use rvf_format::{SegmentHeader, SegmentType};

/// A segment that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// Absolute offset of its header.
    pub offset: u64,
    /// What it holds.
    pub segment_type: SegmentType,
    /// Its id.
    pub segment_id: u64,
    /// Bytes of payload.
    pub payload_len: u64,
}

/// Passes bytes on to a writer and keeps the segment table.
#[derive(Debug)]
pub struct Output<W> {
    writer: W,
    /// What was written, segment by segment.
    pub segments: Vec<SegmentRow>,
    offset: u64,
    /// Where the next header is expected, while segments are written one by one.
    next: u64,
}

impl<W: Write> Output<W> {
    /// Starts at offset 0.
    pub fn new(writer: W) -> Self {
        Self { writer, segments: Vec::new(), offset: 0, next: 0 }
    }

    /// The writer.
    pub fn into_inner(self) -> W {
        self.writer
    }

    /// The format's writer hands a header over on its own, so one 64-byte piece behind a whole
    /// segment that parses as a header is one.
    fn note(&mut self, bytes: &[u8]) {
        if bytes.len() != HEADER_LEN || self.offset < self.next {
            return;
        }
        if let Ok(header) = SegmentHeader::parse(bytes, self.offset) {
            let SegmentHeader { segment_type, segment_id, payload_len, .. } = header;
            self.segments.push(SegmentRow { offset: self.offset, segment_type, segment_id, payload_len });
            self.next = self.offset.saturating_add(HEADER_LEN as u64).saturating_add(payload_len);
        }
    }
}

impl<W: Write> Sink for Output<W> {
    type Error = io::Error;

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.note(bytes);
        self.offset += bytes.len() as u64;
        self.writer.write_all(bytes)
    }
}
