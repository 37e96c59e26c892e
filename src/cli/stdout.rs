//! Standard output: what messages call it, and which paths mean it.

use std::path::Path;

/// What messages call it.
pub(crate) const STDOUT: &str = "standard output";

/// Whether the path of an output stands for standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}
