//! Colour, where it is wanted. The text says everything without it.

use std::fmt::Display;

/// Whether to colour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint {
    /// Use ANSI escapes (ECMA-48, "SGR").
    pub color: bool,
}

impl Paint {
    /// For what matters most.
    pub fn bold(self, text: impl Display) -> String {
        self.with("1", text)
    }

    /// For what can be passed over.
    pub fn dim(self, text: impl Display) -> String {
        self.with("2", text)
    }

    /// For what is wrong.
    pub fn red(self, text: impl Display) -> String {
        self.with("1;31", text)
    }

    /// For what may hurt.
    pub fn yellow(self, text: impl Display) -> String {
        self.with("33", text)
    }

    /// For what is well.
    pub fn green(self, text: impl Display) -> String {
        self.with("32", text)
    }

    /// For what is worth knowing.
    pub fn cyan(self, text: impl Display) -> String {
        self.with("36", text)
    }

    fn with(self, code: &str, text: impl Display) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}
