//! Tables of contents of layers: zstd:chunked and eStargz.

use crate::findings::ground::{Case, Input, case};
use crate::support::Files;
use crate::support::builder::toc;
use crate::support::hash::sha256;

const AT: &str = "index.json#/manifests/0 -> @#/layers/0 -> @";

/// The table, in which a text stands in another's place.
fn table(from: &str, to: &str) -> Vec<u8> {
    let text = toc::table();
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).into_bytes()
}

fn chunked(from: &str, to: &str, annotate: impl Fn(&str, String) -> String) -> Files {
    toc::chunked(toc::files().to_tar(), &table(from, to), annotate)
}

fn stargz(from: &str, to: &str, footer: bool) -> Files {
    toc::stargz(toc::files().to_tar(), &table(from, to), footer)
}

fn of_chunked(name: &'static str, from: &str, to: &str, finding: &str) -> Case {
    case(name, Input::Files(chunked(from, to, |_, value| value)), &[finding])
}

pub(crate) fn cases() -> Vec<Case> {
    let differs = |name: &str| format!("error[layer-toc-differs] {AT} -> {name}");
    let file = differs("d/file");
    let unreadable = |severity: &str| format!("{severity}[layer-toc-unreadable] {AT}");
    let annotated = |name, own: &'static str, other: &'static str, finding: &str| {
        let annotate = move |key: &str, value: String| if key == own { other.to_owned() } else { value };
        case(name, Input::Files(chunked("1", "1", annotate)), &[finding])
    };
    vec![
        of_chunked("another mode in the table", "\"mode\":420", "\"mode\":2541", &file),
        of_chunked("another owner in the table", "\"mode\":420", "\"mode\":420,\"uid\":5", &file),
        of_chunked("an attribute in the table", "\"mode\":420", "\"mode\":420,\"xattrs\":{\"user.k\":\"dg==\"}", &file),
        of_chunked("another size in the table", "\"size\":7", "\"size\":8", &file),
        of_chunked("other content in the table", &sha256(b"content"), &sha256(b"other"), &file),
        of_chunked("another piece in the table", &sha256(b"tent"), &sha256(b"text"), &file),
        of_chunked("another target in the table", "\"linkName\":\"d/file\"", "\"linkName\":\"/x\"", &differs("link")),
        of_chunked("a file that is not listed", "\"reg\",\"name\":\"d/file\"", "\"reg\",\"name\":\"\"", &file),
        of_chunked(
            "a file that only the table has",
            "\"entries\":[",
            "\"entries\":[{\"type\":\"reg\",\"name\":\"more\"},",
            &differs("more"),
        ),
        of_chunked(
            "a table with a name twice",
            "\"entries\":[",
            "\"entries\":[{\"type\":\"reg\",\"name\":\"./d/file\",\"mode\":2541},",
            &unreadable("error"),
        ),
        of_chunked("a table with a key twice", "\"size\":7", "\"size\":7,\"size\":8", &unreadable("error")),
        of_chunked("a table with a key in another case", "\"size\":7", "\"size\":7,\"Size\":8", &unreadable("error")),
        annotated(
            "a table with another digest",
            "manifest-checksum",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            &format!("{} (expected @, found @)", unreadable("error")),
        ),
        annotated("a position that is none", "manifest-position", "here", &unreadable("error")),
        annotated(
            "a table beyond the layer",
            "manifest-position",
            "99999:1:1:1",
            &format!("{} (expected at most 4195 bytes, found 99999 + 1 bytes)", unreadable("warning")),
        ),
        case("another mode in eStargz", Input::Files(stargz("\"mode\":420", "\"mode\":2541", true)), &[&file]),
        case("eStargz without its end", Input::Files(stargz("1", "1", false)), &[&unreadable("warning")]),
    ]
}

/// What lists the layer as it is, is no finding; nor is what skopeo and BuildKit write (`testdata`).
#[test]
fn tables_that_agree() {
    let env = crate::support::TestEnv::new();
    for files in [chunked("1", "1", |_, value| value), stargz("1", "1", true)] {
        let path = env.write("image.tar", files.to_tar());
        let run = env.ocikit(&["verify", "--deep", "-v", path.to_str().unwrap()]).expect_code(0);
        assert!(!run.stdout.contains("layer-toc"), "{run}");
    }
}
