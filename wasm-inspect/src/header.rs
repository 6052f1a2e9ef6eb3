//! A header filled from the facts, and the places where a stored header disagrees with them.

use std::fmt;

use rvf_format::hash::{byte_fold32, shake256_256};
use rvf_format::read::wasm::{Role, Target, WasmHeader};

use crate::facts::ModuleFacts;
use crate::features::feature_names;
use crate::limits::{MAX_HEADER_PAGES, MAX_HEADER_TABLES};

/// The only header version there is.
const HEADER_VERSION: u16 = 1;

/// Why no truthful header exists for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// The module needs features that a header has no bit for.
    UnnamedFeatures(Vec<&'static str>),
    /// The module has more bytes or exports than a header can count.
    TooLarge,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnnamedFeatures(names) => {
                write!(f, "the module needs features that a header cannot name: {}", names.join(", "))
            }
            Self::TooLarge => f.write_str("the module is larger than a header can state"),
        }
    }
}

impl std::error::Error for HeaderError {}

/// One field of a stored header that disagrees with the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lie {
    /// The field, in words.
    pub field: &'static str,
    /// What the header says.
    pub header_says: String,
    /// What the module is.
    pub module_is: String,
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the header says {}, the module has {}", self.field, self.header_says, self.module_is)
    }
}

impl ModuleFacts {
    /// The WASM_SEG header for this module: `role`, `target` and `priority` (lower first) are the
    /// caller's choice, everything else is what inspection found. `module` must be the bytes that were
    /// inspected.
    ///
    /// # Errors
    /// When no header can describe the module truthfully.
    pub fn header(
        &self,
        role: Role,
        target: Target,
        priority: u8,
        module: &[u8],
    ) -> Result<WasmHeader, HeaderError> {
        if !self.unnamed_features.is_empty() {
            return Err(HeaderError::UnnamedFeatures(self.unnamed_features.clone()));
        }
        let export_count = u16::try_from(self.exports.len()).map_err(|_| HeaderError::TooLarge)?;
        let bytecode_size = u32::try_from(module.len()).map_err(|_| HeaderError::TooLarge)?;
        Ok(WasmHeader {
            header_version: HEADER_VERSION,
            role,
            target,
            required_features: self.features,
            export_count,
            bytecode_size,
            compressed_size: 0,
            compression: 0,
            min_memory_pages: self.header_min_pages(),
            max_memory_pages: self.header_max_pages(),
            table_count: self.header_tables(),
            bytecode_hash: shake256_256(module),
            bootstrap_priority: priority,
            interpreter_type: 0,
            reserved: [0; 6],
        })
    }

    /// Every field of `header` that says something else than the module: all of them, not the first.
    /// Role, target, priority and interpreter type are choices, not facts, and cannot lie.
    #[must_use]
    pub fn lies(&self, header: &WasmHeader, module: &[u8]) -> Vec<Lie> {
        let mut lies = Vec::new();
        let mut compare = |field, says: u64, is: u64| {
            if says != is {
                lies.push(Lie { field, header_says: says.to_string(), module_is: is.to_string() });
            }
        };
        compare("header version", header.header_version.into(), HEADER_VERSION.into());
        compare("export count", header.export_count.into(), self.exports.len() as u64);
        compare("bytecode size", header.bytecode_size.into(), module.len() as u64);
        compare("compression", header.compression.into(), 0);
        compare("compressed size", header.compressed_size.into(), 0);
        compare("minimum memory pages", header.min_memory_pages.into(), self.header_min_pages().into());
        compare("maximum memory pages", header.max_memory_pages.into(), self.header_max_pages().into());
        compare("table count", header.table_count.into(), self.header_tables().into());
        if header.required_features != self.features || !self.unnamed_features.is_empty() {
            lies.push(Lie {
                field: "required features",
                header_says: features_text(header.required_features, &[]),
                module_is: features_text(self.features, &self.unnamed_features),
            });
        }
        let hash = shake256_256(module);
        if header.bytecode_hash != hash {
            let folded = header.bytecode_hash == byte_fold32(module);
            let kind = if folded { " (the additive fold, which anyone can forge)" } else { "" };
            lies.push(Lie {
                field: "bytecode hash",
                header_says: format!("{}{kind}", hex(&header.bytecode_hash)),
                module_is: format!("{} (SHAKE-256)", hex(&hash)),
            });
        }
        lies
    }

    /// Pages of the first memory at the start; 0 when there is none or a byte cannot hold the number.
    fn header_min_pages(&self) -> u8 {
        page_byte(self.memories.first().map(|m| m.min_pages))
    }

    /// Most pages of the first memory: what its type declares or its `rvf-solver` section asks for,
    /// whichever is less; 0 when neither states a limit or a byte cannot hold the number.
    fn header_max_pages(&self) -> u8 {
        let declared = self.memories.first().and_then(|m| m.max_pages);
        let asked = self.solver_section.as_ref().and_then(|s| s.max_pages).map(u64::from);
        page_byte([declared, asked].into_iter().flatten().min())
    }

    fn header_tables(&self) -> u8 {
        u8::try_from(self.tables.min(MAX_HEADER_TABLES)).unwrap_or(u8::MAX)
    }
}

fn page_byte(pages: Option<u64>) -> u8 {
    pages.filter(|n| *n <= MAX_HEADER_PAGES).and_then(|n| u8::try_from(n).ok()).unwrap_or(0)
}

fn features_text(bits: u16, unnamed: &[&'static str]) -> String {
    let mut names = feature_names(bits);
    names.extend(unnamed);
    let unknown = bits & 0xff00;
    let mut text = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    if unknown != 0 {
        text.push_str(&format!(", unknown bits {unknown:#06x}"));
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|b| format!("{b:02x}")).collect::<String>() + ".."
}
