//! What may be offered: a shell takes candidates into the line, and the next key may run it.

use super::line::Manner;

/// Whether a text from an image means nothing but itself to every shell, and is no option.
pub(super) fn is_inert(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:@/+-".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(plain)
}

/// Whether the name of a file may be offered: a shell that quotes takes all but control characters.
pub(super) fn is_inert_file(name: &str, manner: Manner) -> bool {
    match manner {
        Manner::Quotes => !name.chars().any(char::is_control),
        Manner::OwnFiles | Manner::Plain => is_inert(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_act_on_is_left_out() {
        for name in ["1.0", "example.com/team/app:1.0", "linux/arm/v7", "sha256:ab12", "app@sha256:ab"] {
            assert!(is_inert(name), "{name}");
        }
        for name in
            ["", "-rf", "$(id)", "`id`", "a;b", "a b", "a\nb", "a\tb", "\u{1b}[2J", "a*", "~x", "a\u{202e}b", "é"]
        {
            assert!(!is_inert(name), "{name:?}");
        }
        assert!(is_inert_file("my image.tar", Manner::Quotes) && !is_inert_file("my image.tar", Manner::Plain));
        assert!(!is_inert_file("a\nb", Manner::Quotes));
    }
}
