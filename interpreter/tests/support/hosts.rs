//! Instances of modules without imports in other engines.

/// An instance: calls by name, and its memory.
pub(crate) trait Host {
    /// Calls an export with integers; gives its result, or 0. A trap is an error.
    fn call(&mut self, name: &str, arguments: &[i64]) -> Result<i64, String>;
    fn memory(&self) -> &[u8];
    fn memory_mut(&mut self) -> &mut [u8];

    fn bytes(&self, at: i64, len: i64) -> Vec<u8> {
        self.memory()[at as usize..][..len as usize].to_vec()
    }

    fn write(&mut self, at: i64, bytes: &[u8]) {
        self.memory_mut()[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }
}

/// The two engines have the same interface, in types of their own.
macro_rules! host {
    ($host:ident in $engine:ident, $error:literal) => {
        pub(crate) struct $host {
            store: $engine::Store<()>,
            instance: $engine::Instance,
            memory: $engine::Memory,
        }

        impl $host {
            pub(crate) fn compile(module: &[u8]) -> $engine::Module {
                $engine::Module::new(&$engine::Engine::default(), module).unwrap()
            }

            pub(crate) fn new(module: &$engine::Module) -> Self {
                let mut store = $engine::Store::new(module.engine(), ());
                let instance = $engine::Instance::new(&mut store, module, &[]).unwrap();
                let memory = instance.get_memory(&mut store, "memory").unwrap();
                Self { store, instance, memory }
            }
        }

        impl Host for $host {
            fn call(&mut self, name: &str, arguments: &[i64]) -> Result<i64, String> {
                use $engine::{Val, ValType};
                let function = self.instance.get_func(&mut self.store, name).ok_or(name)?;
                let ty = function.ty(&self.store);
                let arguments: Vec<Val> = ty
                    .params()
                    .into_iter()
                    .zip(arguments)
                    .map(|(ty, value)| match ty {
                        ValType::I64 => Val::I64(*value),
                        _ => Val::I32(*value as i32),
                    })
                    .collect();
                let mut results = vec![Val::I32(0); ty.results().len()];
                function
                    .call(&mut self.store, &arguments, &mut results)
                    .map_err(|error| format!($error, error))?;
                Ok(match results.first() {
                    Some(Val::I64(value)) => *value,
                    Some(Val::I32(value)) => i64::from(*value),
                    _ => 0,
                })
            }

            fn memory(&self) -> &[u8] {
                self.memory.data(&self.store)
            }

            fn memory_mut(&mut self) -> &mut [u8] {
                self.memory.data_mut(&mut self.store)
            }
        }
    };
}

host!(Wasmtime in wasmtime, "{:?}");
host!(Wasmi in wasmi, "{}");
