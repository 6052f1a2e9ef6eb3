//! The flag that takes damaged files.

use rvf_packer::Damage;
use rvf_terminal::Manners;

#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct DamageArgs {
    /// Take over bytes that do not match the hashes of the file instead of refusing it
    #[arg(long)]
    allow_damaged: bool,
}

impl DamageArgs {
    /// What to do with damage; says that nothing is checked when that was asked for.
    pub(crate) fn choose(self, manners: &Manners) -> Damage {
        if !self.allow_damaged {
            return Damage::Refuse;
        }
        manners.warn("the file's hashes are not checked: what comes out may be damaged");
        Damage::Allow
    }
}
