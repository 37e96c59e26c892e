//! The file `oci-layout` (image-spec `image-layout.md`, "oci-layout file").

use super::field::{Field, Need, Object, Path, Problems};
use crate::finding::Code;
use crate::json::Value;

/// Checks the version; whatever it is, the layout is read as 1.0.0.
pub(crate) fn check(value: Value<'_>, problems: &mut Problems) {
    let Some(object) = Object::open(value, Path::Root, &["imageLayoutVersion"], problems) else { return };
    let path = Path::Key(&Path::Root, "imageLayoutVersion");
    match object.string("imageLayoutVersion", Need::Optional, problems) {
        Field::Ok(version) if version == "1.0.0" => {}
        Field::Ok(version) if is_of_another_major(&version) => {
            problems.compared(Code::LayoutMajorVersion, path, "the layout version is unknown", "1.0.0", version);
        }
        Field::Ok(version) => {
            problems.compared(
                Code::LayoutVersion,
                path,
                "the layout version is not 1.0.0; containerd and umoci refuse it",
                "1.0.0",
                version,
            );
        }
        Field::Missing => problems.note(Code::LayoutVersion, Path::Root, "`imageLayoutVersion` is missing"),
        Field::Bad(_) => {}
    }
}

/// Whether it begins with a number other than 1; what is no version at all is only unsupported.
fn is_of_another_major(version: &str) -> bool {
    let major = version.split('.').next().unwrap_or_default();
    !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit()) && major != "1"
}
