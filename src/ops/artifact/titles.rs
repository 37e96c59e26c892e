//! Titles of the layers of artifacts, which are the names of files.

/// A title in its one form: components between single slashes. None for one that is no name in a directory: absolute, with
/// `..`, with a character that some system gives a meaning, or nothing at all.
pub(super) fn plain_title(title: &str) -> Option<String> {
    let is_absolute = title.starts_with('/');
    if is_absolute || title.contains(['\0', '\\']) {
        return None;
    }
    let parts: Vec<&str> = title.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    // A name with a drive letter or a stream leads elsewhere on Windows.
    let is_plain = |part: &&str| *part != ".." && !(cfg!(windows) && part.contains(':'));
    (!parts.is_empty() && parts.iter().all(is_plain)).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::plain_title;

    #[test]
    fn titles_stay_in_their_directory() {
        for (title, plain) in [
            ("a", Some("a")),
            ("a/b.txt", Some("a/b.txt")),
            ("./a//b/", Some("a/b")),
            ("", None),
            (".", None),
            ("/etc/passwd", None),
            ("../a", None),
            ("a/../../b", None),
            ("a\\..\\b", None),
            ("a\0b", None),
            ("...", Some("...")),
        ] {
            assert_eq!(plain_title(title).as_deref(), plain, "{title:?}");
        }
    }
}
