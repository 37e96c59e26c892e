//! What somebody meant who wrote a name that is not there.

/// The name that was probably meant: the one with the fewest slips between it and what was written, if they are few.
///
/// A slip is a character more or less, another one, or two that changed places. One is few, and one more for every
/// twelve characters: `linux/arm64` is no misspelt `linux/amd64`. Another digit is another version, and no slip.
pub(crate) fn nearest(written: &str, names: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
    let written = written.to_lowercase();
    let few = 1 + written.chars().count() / 12;
    let slips = |name: &str| strsim::osa_distance(&written, &name.to_lowercase());
    let names = names.into_iter().filter(|name| !is_other_version(&written, &name.as_ref().to_lowercase()));
    let near = names.map(|name| (slips(name.as_ref()), name)).filter(|(slips, _)| *slips <= few);
    let best = near.min_by(|(one, name), (other, another)| (one, name.as_ref()).cmp(&(other, another.as_ref())));
    best.map(|(_, name)| name.as_ref().to_owned()).filter(|name| name.chars().count() > 1)
}

/// Whether two names differ in nothing but their digits, and not in the order of these alone.
fn is_other_version(one: &str, other: &str) -> bool {
    let parts = |name: &str| -> (String, String) { name.chars().partition(|c| !c.is_ascii_digit()) };
    let ((words, digits), (other_words, other_digits)) = (parts(one), parts(other));
    let sorted = |digits: String| {
        let mut digits = digits.into_bytes();
        digits.sort_unstable();
        digits
    };
    words == other_words && sorted(digits) != sorted(other_digits)
}

/// The question for a message, to stand behind the name: ` (did you mean ...?)`, or nothing.
pub(crate) fn question(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_seen_through() {
        for (written, meant) in [
            ("1.O", Some("1.0")),
            ("blob-digset", Some("blob-digest")),
            ("BLOB-DIGEST", Some("blob-digest")),
            ("linux/amd46", Some("linux/amd64")),
            ("linux/arm64", None),
            ("2.0", None),
            ("example.com/team/ap:1.O", Some("example.com/team/app:1.0")),
            ("", None),
            ("something-else", None),
        ] {
            let names = ["blob-digest", "blob-size", "linux/amd64", "1.0", "example.com/team/app:1.0", "x"];
            assert_eq!(nearest(written, names).as_deref(), meant, "{written}");
        }
    }

    #[test]
    fn of_equals_the_first_in_order_is_taken() {
        assert_eq!(nearest("nane", ["name", "lane"]).as_deref(), Some("lane"));
    }
}
