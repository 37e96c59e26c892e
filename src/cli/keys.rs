//! `--key`: the public keys of signers, each in a file.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::checks::options::{Trust, TrustedKey};
use crate::render::Shown;
use crate::signature::PublicKey;

/// Bytes of a key file. The largest key, RSA with 8,192 bits, takes 1.5 KiB.
const LARGEST: u64 = 64 << 10;

/// Reads the keys.
pub(super) fn trust(files: &[PathBuf], require: bool) -> Result<Trust> {
    let keys = files.iter().map(|file| read(file)).collect::<Result<_>>()?;
    Ok(Trust { keys, require })
}

fn read(path: &Path) -> Result<TrustedKey> {
    let name = path.display().to_string();
    let shown = Shown(&name).to_string();
    let mut text = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("{shown}: cannot read the key"))?;
    file.take(LARGEST).read_to_end(&mut text).with_context(|| format!("{shown}: cannot read the key"))?;
    let key = PublicKey::from_pem(&text).with_context(|| format!("{shown}: not a key that verifies signatures"))?;
    Ok(TrustedKey { name, key })
}
