//! The Level-0 root page: the last 4,096 bytes of a signed store.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{ROOT_PAGE_LEN, ROOT_PAGE_MAGIC};
use crate::wire::Cursor;

/// What a root page states. Its CRC has been checked; its signature has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootPage {
    /// Absolute offset of the manifest's header.
    pub manifest_offset: u64,
    /// Header and payload of the manifest, without padding.
    pub manifest_len: u64,
    /// Live vectors.
    pub live_vectors: u64,
    /// Elements of each vector.
    pub dimension: u16,
    /// Epoch of the manifest.
    pub epoch: u32,
    /// 0 unsigned, 1 Ed25519.
    pub signature_algo: u16,
    /// The signature's bytes that are in use.
    pub signature_len: u16,
    /// First 16 bytes of SHAKE-256 of the manifest's payload.
    pub manifest_hash: [u8; 16],
    /// First 16 bytes of SHAKE-256 of the signer's public key.
    pub signer: [u8; 16],
    /// Segment id of the manifest.
    pub manifest_id: u64,
}

impl RootPage {
    /// True when the last bytes of a file look like a root page.
    #[must_use]
    pub fn is_present(file: &[u8]) -> bool {
        tail(file).is_some_and(|page| page.starts_with(&ROOT_PAGE_MAGIC))
    }

    /// Reads the page at the end of `file`.
    pub fn parse(file: &[u8]) -> Result<Self> {
        let offset = file.len().saturating_sub(ROOT_PAGE_LEN) as u64;
        let page = tail(file).ok_or(Error::new(offset, "root page", ErrorKind::Missing))?;
        let (body, crc) = page.split_at(ROOT_PAGE_LEN - 4);
        let stored = Cursor::new(crc, offset + body.len() as u64).u32("root page CRC")?;
        let computed = crate::hash::crc32c(body);
        if stored != computed {
            let kind = ErrorKind::Hash { expected: stored.into(), got: computed.into() };
            return Err(Error::new(offset + body.len() as u64, "root page CRC", kind));
        }
        let mut c = Cursor::new(body, offset);
        c.bytes(4, "root page")?;
        let version_at = c;
        let version = c.u16("root page version")?;
        if version != 1 {
            let kind = ErrorKind::Mismatch { expected: 1, got: version.into() };
            return Err(version_at.error("root page version", kind));
        }
        c.bytes(2, "root page")?;
        let manifest_offset = c.u64("root page")?;
        let manifest_len = c.u64("root page")?;
        let live_vectors = c.u64("root page")?;
        let dimension = c.u16("root page")?;
        c.bytes(2, "root page")?;
        let epoch = c.u32("root page")?;
        c.bytes(0x98 - 0x28, "root page")?;
        let signature_algo = c.u16("root page")?;
        let signature_len = c.u16("root page")?;
        c.bytes(0xFD0 - 0x9C, "root page")?;
        Ok(Self {
            manifest_offset,
            manifest_len,
            live_vectors,
            dimension,
            epoch,
            signature_algo,
            signature_len,
            manifest_hash: c.array("root page")?,
            signer: c.array("root page")?,
            manifest_id: c.u64("root page")?,
        })
    }
}

fn tail(file: &[u8]) -> Option<&[u8]> {
    file.split_last_chunk::<ROOT_PAGE_LEN>().map(|(_, page)| &page[..])
}
