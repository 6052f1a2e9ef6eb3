//! The custom section `rvf-solver`: what a solver module asks for.

/// Name of the custom section.
pub const SOLVER_SECTION_NAME: &str = "rvf-solver";
/// The solver ABI version that this version of the software knows.
pub const SOLVER_ABI_VERSION: u32 = 1;
/// First bytes of the section.
const MAGIC: &[u8; 8] = b"RVFSOLVR";

/// The section's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SolverSection {
    /// Version of the solver ABI; see [`SOLVER_ABI_VERSION`].
    pub abi_version: u32,
    /// Fewest 64 KiB pages of memory that are useful.
    pub min_pages: u32,
    /// Most pages it will ever ask for; `None` = no limit.
    pub max_pages: Option<u32>,
    /// Bytes of stack inside the linear memory.
    pub stack_bytes: u32,
    /// Name of the solver, as stored.
    pub name: String,
    /// Version of the solver, as stored.
    pub version: String,
}

impl SolverSection {
    /// Reads the section. The error is a place in `data` and what is wrong there.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, (usize, &'static str)> {
        let mut rest = Cursor { data, at: 0 };
        if rest.take(MAGIC.len())? != MAGIC {
            return Err((0, "the rvf-solver section does not start with RVFSOLVR"));
        }
        let abi_version = rest.u32()?;
        let min_pages = rest.u32()?;
        let max_pages = Some(rest.u32()?).filter(|pages| *pages != 0);
        let stack_bytes = rest.u32()?;
        let name = rest.text()?;
        let version = rest.text()?;
        Ok(Self { abi_version, min_pages, max_pages, stack_bytes, name, version })
    }
}

struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], (usize, &'static str)> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let Some(taken) = rest.get(..n) else {
            return Err((self.at, "the rvf-solver section is cut short"));
        };
        self.at += n;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, (usize, &'static str)> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    fn text(&mut self) -> Result<String, (usize, &'static str)> {
        let at = self.at;
        let len = self.take(1)?.first().copied().unwrap_or_default();
        let bytes = self.take(usize::from(len))?;
        let text =
            core::str::from_utf8(bytes).map_err(|_| (at, "a text in the rvf-solver section is not UTF-8"))?;
        Ok(text.to_owned())
    }
}
