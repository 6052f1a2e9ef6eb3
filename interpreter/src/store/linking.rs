//! Imports from other instances of the store (specification, 4.5.1 to 4.5.3).

use alloc::string::String;

use super::{Instance, InstanceId, Store};
use crate::error::Reason;
use crate::types::{Kind, Size};

impl Store {
    /// Lets modules import the exports of `instance` from a module of this name. Of several instances with
    /// one name the last counts.
    pub fn register(&mut self, name: &str, instance: InstanceId) {
        self.names.push((String::from(name), instance));
    }

    /// Gives a new instance what its module imports.
    pub(super) fn import(&self, instance: &mut Instance) -> Result<(), Reason> {
        let module = alloc::sync::Arc::clone(&instance.module);
        for import in &module.imports {
            let (_, from) = self
                .names
                .iter()
                .rev()
                .find(|(name, _)| *name == import.module)
                .ok_or(Reason::UnknownImport)?;
            let from = self.instances.get(from.0 as usize).ok_or(Reason::UnknownImport)?;
            let export = from.module.export(&import.name).ok_or(Reason::UnknownImport)?;
            if export.kind != import.kind {
                return Err(Reason::ImportType);
            }
            let fits = self.link(instance, from, import.kind, export.index as usize);
            if fits != Some(true) {
                return Err(Reason::ImportType);
            }
        }
        Ok(())
    }

    /// Adds export `index` of `from` to `instance` as its next import of that kind; whether the types match.
    fn link(&self, instance: &mut Instance, from: &Instance, kind: Kind, index: usize) -> Option<bool> {
        let module = &instance.module;
        Some(match kind {
            Kind::Function => {
                let at = *from.functions.get(index)?;
                let wanted = *module.functions.get(instance.functions.len())?;
                let wanted = *instance.types.get(wanted as usize)?;
                instance.functions.push(at);
                self.functions.get(at as usize)?.ty == wanted
            }
            Kind::Table => {
                let at = *from.tables.get(index)?;
                let wanted = *module.tables.get(instance.tables.len())?;
                let table = self.tables.get(at as usize)?;
                instance.tables.push(at);
                table.ty == wanted.element && fits(table.elements.len() as u32, table.max, wanted.size)
            }
            Kind::Memory => {
                let at = from.memory?;
                let memory = self.memories.get(at as usize)?;
                instance.memory = Some(at);
                fits(memory.pages(), memory.max, module.memory?)
            }
            Kind::Global => {
                let at = *from.globals.get(index)?;
                let wanted = *module.globals.get(instance.globals.len())?;
                instance.globals.push(at);
                self.globals.get(at as usize)?.ty == wanted
            }
        })
    }
}

fn fits(len: u32, max: Option<u32>, wanted: Size) -> bool {
    len >= wanted.min && wanted.max.is_none_or(|most| max.is_some_and(|max| max <= most))
}
