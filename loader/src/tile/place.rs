//! What lies where in the host's part of a tile's memory.

use rvf_wasm_inspect::wasmparser::{ExternalKind, Operator, Parser, Payload};

use super::TOP_ROW;
use crate::abi::AbiError;

/// Bytes of one block, as published: more are refused.
const BLOCK_BYTES: usize = 32 << 10;
/// Bytes of an id and of a distance.
const BESIDE_A_ROW: usize = 12;

/// Addresses for the query, a block, its ids and its distances.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    start: usize,
    end: usize,
    pub(super) query: i32,
    pub(super) block: i32,
    pub(super) ids: i32,
    pub(super) distances: i32,
    /// Rows of a block.
    pub(super) rows: usize,
}

impl Place {
    /// What lies behind the module's own data: from its export `__heap_base` to the end of its memory.
    pub(super) fn of(module: &[u8], memory: usize) -> Result<Self, AbiError> {
        let start = heap_base(module).map(|base| base.next_multiple_of(16)).filter(|start| *start < memory);
        let Some(start) = start else {
            let what = "its export `__heap_base` does not say which part of its memory is free".to_owned();
            return Err(AbiError::Contract { what });
        };
        Ok(Self { start, end: memory, ..Self::default() })
    }

    /// Makes room for rows of a dimension and the nearest `k`. Query and result lie where the block does:
    /// never at the same time.
    pub(super) fn lay_out(&mut self, dimension: usize, k: u32) -> Result<(), AbiError> {
        let row = dimension.saturating_mul(4);
        let room = self.end.saturating_sub(self.start).saturating_sub(64);
        let most = BLOCK_BYTES.checked_div(row).unwrap_or(0);
        let rows = most.min(room / row.saturating_add(BESIDE_A_ROW));
        let block =
            rows.saturating_mul(row).max(TOP_ROW.saturating_mul(k as usize)).max(64).next_multiple_of(16);
        let used = block.saturating_add(rows.saturating_mul(BESIDE_A_ROW));
        if rows == 0 || used > room {
            let text = format!(
                "a row of dimension {dimension} and {k} results do not fit the tile's free memory of {room} bytes"
            );
            return Err(AbiError::Reported { status: -4, text });
        }
        let at = |offset: usize| i32::try_from(self.start.saturating_add(offset)).unwrap_or(-1);
        self.query = at(0);
        self.block = at(0);
        self.ids = at(block);
        self.distances = at(block.saturating_add(8_usize.saturating_mul(rows)));
        self.rows = rows;
        Ok(())
    }
}

/// The value of the exported immutable global `__heap_base`.
fn heap_base(module: &[u8]) -> Option<usize> {
    let (mut values, mut index) = (Vec::new(), None);
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::GlobalSection(section) => {
                for global in section {
                    let value = match global.ok()?.init_expr.get_operators_reader().read().ok()? {
                        Operator::I32Const { value } => usize::try_from(value.cast_unsigned()).ok(),
                        _ => None,
                    };
                    values.push(value);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    if export.name == "__heap_base" && export.kind == ExternalKind::Global {
                        index = usize::try_from(export.index).ok();
                    }
                }
            }
            _ => {}
        }
    }
    values.get(index?).copied().flatten()
}
