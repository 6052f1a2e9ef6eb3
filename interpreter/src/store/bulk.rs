//! Bulk operations on memories and tables (specification, 4.4.6 and 4.4.7), and growing them.

use core::ops::Range;

use super::{Memory, Store, Table};
use crate::error::Trap;
use crate::limits;
use crate::opcode;

impl Store {
    /// One of the operations from [`opcode::BULK`] on, of an instance, with operands and two numbers. Gives its result, if
    /// it has one. Fuel is taken for what was moved.
    pub(crate) fn bulk(
        &mut self,
        id: u32,
        op: u16,
        [a, b, c]: [u64; 3],
        numbers: [u16; 2],
    ) -> Result<u64, Trap> {
        let [first, second] = numbers.map(usize::from);
        let (to, from, count) = (a as u32, b as u32, c as u32);
        let per_fuel =
            if op <= opcode::MEMORY_FILL { limits::BYTES_PER_FUEL } else { limits::ELEMENTS_PER_FUEL };
        match op {
            opcode::MEMORY_INIT => self.memory_init(id, first, to, from, count)?,
            opcode::DATA_DROP => self.drop_data(id, first),
            opcode::MEMORY_COPY => {
                let bytes = self.bytes_of(id)?;
                let from = range(bytes.len(), from, count, Trap::MemoryOutOfBounds)?;
                range(bytes.len(), to, count, Trap::MemoryOutOfBounds)?;
                bytes.copy_within(from, to as usize);
            }
            opcode::MEMORY_FILL => {
                let bytes = self.bytes_of(id)?;
                let to = range(bytes.len(), to, count, Trap::MemoryOutOfBounds)?;
                bytes.get_mut(to).unwrap_or_default().fill(b as u8);
            }
            opcode::TABLE_INIT => self.table_init(id, first, second, to, from, count)?,
            opcode::ELEMENTS_DROP => self.drop_elements(id, first),
            opcode::TABLE_COPY => self.table_copy(id, [first, second], to, from, count)?,
            opcode::TABLE_FILL => {
                let elements = &mut self.table_of(id, first)?.elements;
                let to = range(elements.len(), to, count, Trap::TableOutOfBounds)?;
                elements.get_mut(to).unwrap_or_default().fill(b);
            }
            opcode::TABLE_SET => {
                let element = self.table_of(id, first)?.elements.get_mut(to as usize);
                *element.ok_or(Trap::TableOutOfBounds)? = b;
                return Ok(0);
            }
            opcode::TABLE_GET => {
                let element = self.table_of(id, first)?.elements.get(to as usize);
                return element.copied().ok_or(Trap::TableOutOfBounds);
            }
            opcode::TABLE_GROW => {
                self.take_fuel(count / per_fuel);
                let cap = self.caps.table_elements;
                return Ok(u64::from(self.table_of(id, first)?.grow(a, count, cap)));
            }
            _ => return Ok(self.table_of(id, first)?.elements.len() as u64),
        }
        self.take_fuel(count / per_fuel);
        Ok(0)
    }

    fn take_fuel(&mut self, fuel: u32) {
        self.fuel = self.fuel.saturating_sub(i64::from(fuel));
    }

    fn bytes_of(&mut self, id: u32) -> Result<&mut [u8], Trap> {
        let memory = self.instances.get(id as usize).and_then(|instance| instance.memory);
        let memory = memory.and_then(|memory| self.memories.get_mut(memory as usize));
        memory.map(|memory| &mut *memory.bytes).ok_or(Trap::MemoryOutOfBounds)
    }

    fn table_at(&self, id: u32, table: usize) -> Option<usize> {
        Some(*self.instances.get(id as usize)?.tables.get(table)? as usize)
    }

    fn table_of(&mut self, id: u32, table: usize) -> Result<&mut Table, Trap> {
        let table = self.table_at(id, table).and_then(|table| self.tables.get_mut(table));
        table.ok_or(Trap::TableOutOfBounds)
    }

    pub(super) fn memory_init(
        &mut self,
        id: u32,
        segment: usize,
        to: u32,
        from: u32,
        count: u32,
    ) -> Result<(), Trap> {
        let instance = self.instances.get(id as usize).ok_or(Trap::MemoryOutOfBounds)?;
        let module = alloc::sync::Arc::clone(&instance.module);
        let dropped = self.dropped.get(id as usize).and_then(|dropped| dropped.data.get(segment));
        let dropped = dropped.copied().unwrap_or(true);
        let data = module.data.get(segment).filter(|_| !dropped);
        let data = data.and_then(|data| module.data_bytes.get(data.bytes.clone())).unwrap_or_default();
        let from = range(data.len(), from, count, Trap::MemoryOutOfBounds)?;
        let bytes = self.bytes_of(id)?;
        let to = range(bytes.len(), to, count, Trap::MemoryOutOfBounds)?;
        if let (Some(to), Some(from)) = (bytes.get_mut(to), data.get(from)) {
            to.copy_from_slice(from);
        }
        Ok(())
    }

    pub(super) fn table_init(
        &mut self,
        id: u32,
        segment: usize,
        table: usize,
        to: u32,
        from: u32,
        count: u32,
    ) -> Result<(), Trap> {
        let instance = self.instances.get(id as usize).ok_or(Trap::TableOutOfBounds)?;
        let module = alloc::sync::Arc::clone(&instance.module);
        let dropped = self.dropped.get(id as usize).and_then(|dropped| dropped.elements.get(segment));
        let dropped = dropped.copied().unwrap_or(true);
        let items = module.elements.get(segment).filter(|_| !dropped);
        let items = items.map_or(&[][..], |elements| &elements.items);
        let from = range(items.len(), from, count, Trap::TableOutOfBounds)?;
        let at = self.table_at(id, table).ok_or(Trap::TableOutOfBounds)?;
        let len = self.tables.get(at).map_or(0, |table| table.elements.len());
        let to = range(len, to, count, Trap::TableOutOfBounds)?;
        for (to, item) in to.zip(items.get(from).unwrap_or_default()) {
            let Some(instance) = self.instances.get(id as usize) else { break };
            let [reference, _] = self.value_of(instance, item.constant());
            if let Some(element) = self.tables.get_mut(at).and_then(|table| table.elements.get_mut(to)) {
                *element = reference;
            }
        }
        Ok(())
    }

    fn table_copy(
        &mut self,
        id: u32,
        tables: [usize; 2],
        to: u32,
        from: u32,
        count: u32,
    ) -> Result<(), Trap> {
        let [Some(into), Some(out_of)] = tables.map(|table| self.table_at(id, table)) else {
            return Err(Trap::TableOutOfBounds);
        };
        let len = |table: usize| self.tables.get(table).map_or(0, |table| table.elements.len());
        let from = range(len(out_of), from, count, Trap::TableOutOfBounds)?;
        let to = range(len(into), to, count, Trap::TableOutOfBounds)?;
        if into == out_of {
            if let Some(table) = self.tables.get_mut(into) {
                table.elements.copy_within(from, to.start);
            }
        } else if let Ok([into, out_of]) = self.tables.get_disjoint_mut([into, out_of])
            && let (Some(to), Some(from)) = (into.elements.get_mut(to), out_of.elements.get(from))
        {
            to.copy_from_slice(from);
        }
        Ok(())
    }

    pub(super) fn drop_data(&mut self, id: u32, segment: usize) {
        let dropped = self.dropped.get_mut(id as usize);
        if let Some(dropped) = dropped.and_then(|dropped| dropped.data.get_mut(segment)) {
            *dropped = true;
        }
    }

    pub(super) fn drop_elements(&mut self, id: u32, segment: usize) {
        let dropped = self.dropped.get_mut(id as usize);
        if let Some(dropped) = dropped.and_then(|dropped| dropped.elements.get_mut(segment)) {
            *dropped = true;
        }
    }

    /// `memory.grow`: the pages there were, or -1.
    pub(crate) fn memory_grow(&mut self, id: u32, pages: u32) -> u32 {
        self.take_fuel(pages.min(limits::PAGES) * (limits::PAGE as u32 / limits::BYTES_PER_FUEL));
        let cap = self.caps.pages;
        let memory = self.instances.get(id as usize).and_then(|instance| instance.memory);
        let memory = memory.and_then(|memory| self.memories.get_mut(memory as usize));
        memory.map_or(u32::MAX, |memory| memory.grow(pages, cap))
    }
}

impl Memory {
    pub(crate) fn pages(&self) -> u32 {
        (self.bytes.len() / limits::PAGE) as u32
    }

    fn grow(&mut self, more: u32, cap: u32) -> u32 {
        let old = self.pages();
        let most = self.max.unwrap_or(limits::PAGES).min(cap);
        let Some(new) = old.checked_add(more).filter(|new| *new <= most) else { return u32::MAX };
        let Some(len) = (new as usize).checked_mul(limits::PAGE) else { return u32::MAX };
        if self.bytes.try_reserve_exact(len - self.bytes.len()).is_err() {
            return u32::MAX;
        }
        self.bytes.resize(len, 0);
        old
    }
}

impl Table {
    fn grow(&mut self, value: u64, more: u32, cap: u32) -> u32 {
        let old = self.elements.len() as u32;
        let most = self.max.unwrap_or(u32::MAX).min(cap);
        let Some(new) = old.checked_add(more).filter(|new| *new <= most) else { return u32::MAX };
        if self.elements.try_reserve(more as usize).is_err() {
            return u32::MAX;
        }
        self.elements.resize(new as usize, value);
        old
    }
}

/// `count` things from `at`, of `len` that there are.
fn range(len: usize, at: u32, count: u32, trap: Trap) -> Result<Range<usize>, Trap> {
    let end = u64::from(at) + u64::from(count);
    if end > len as u64 { Err(trap) } else { Ok(at as usize..end as usize) }
}
