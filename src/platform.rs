//! Platforms: `os[(version)]/architecture[/variant]`, their normal form and matching.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The platform of an image (image-spec `image-index.md`, "platform").
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Platform {
    /// A GOOS value, as `linux`.
    pub os: String,
    /// A GOARCH value, as `amd64`.
    pub architecture: String,
    /// A variant of the processor, as `v7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// A version of the operating system, as Windows images have it.
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Features of the operating system that the image requires.
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
}

/// The text is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a platform; write os/arch or os/arch/variant, for example linux/arm64 or linux/arm/v7")]
pub struct PlatformError(pub String);

impl Platform {
    /// A platform of an operating system and an architecture.
    pub fn new(os: &str, architecture: &str) -> Self {
        Platform { os: os.into(), architecture: architecture.into(), ..Platform::default() }
    }

    /// Whether it is `unknown/unknown`, which BuildKit writes beside attestations: no platform at all.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }

    /// The one spelling of several: `x86_64` is `amd64`, `aarch64` is `arm64`, `linux/arm64/v8` is `linux/arm64`,
    /// `linux/arm` is `linux/arm/v7`; as containerd's `platforms.Normalize` does.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let mut platform = self.clone();
        platform.os = platform.os.to_ascii_lowercase();
        platform.architecture = platform.architecture.to_ascii_lowercase();
        if platform.os == "macos" {
            platform.os = "darwin".into();
        }
        let variant = platform.variant.take().unwrap_or_default().to_ascii_lowercase();
        let (architecture, variant) = match (platform.architecture.as_str(), variant.as_str()) {
            ("i386" | "i486" | "i586" | "i686" | "x86", variant) => ("386", variant),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
            ("aarch64", variant) => ("arm64", variant),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" | "7") => ("arm", "v7"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "6") => ("arm", "v6"),
            ("arm", "8") => ("arm", "v8"),
            (architecture, variant) => (architecture, variant),
        };
        let (architecture, variant) = (architecture.to_owned(), variant.to_owned());
        platform.architecture = architecture;
        platform.variant = Some(variant).filter(|variant| !variant.is_empty());
        platform
    }

    /// Whether it can be written on a command line, so that it is read as what it is. An image may say anything to be its
    /// platform.
    pub fn is_written(&self) -> bool {
        self.to_string().parse().is_ok_and(|read: Platform| read == self.without_features())
    }

    /// It without `os.features`, which no command line asks for.
    #[must_use]
    pub fn without_features(&self) -> Self {
        Platform { os_features: Vec::new(), ..self.clone() }
    }

    /// Whether an image of this platform is what somebody means who asks for `wanted`: the same operating system and
    /// architecture, and the same variant and version where `wanted` names one.
    pub fn satisfies(&self, wanted: &Platform) -> bool {
        let (own, asked) = (self.normalized(), wanted.normalized());
        own.os == asked.os
            && own.architecture == asked.architecture
            && (wanted.variant.is_none() || own.variant == asked.variant)
            && (asked.os_version.is_none() || own.os_version == asked.os_version)
    }
}

/// `os/architecture[/variant]`, with the version as containerd writes it: `windows(10.0.17763)/amd64`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.os_version.as_ref().map_or_else(String::new, |version| format!("({version})"));
        let variant = self.variant.as_ref().map_or_else(String::new, |variant| format!("/{variant}"));
        f.pad(&format!("{}{version}/{}{variant}", self.os, self.architecture))
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let wrong = || PlatformError(text.to_owned());
        let (os, rest) = text.split_once('/').ok_or_else(wrong)?;
        let (os, os_version) = match os.split_once('(') {
            Some((os, version)) => (os, Some(version.strip_suffix(')').ok_or_else(wrong)?)),
            None => (os, None),
        };
        let (architecture, variant) = match rest.split_once('/') {
            Some((architecture, variant)) => (architecture, Some(variant)),
            None => (rest, None),
        };
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        if ![Some(os), os_version, Some(architecture), variant].into_iter().flatten().all(word) {
            return Err(wrong());
        }
        Ok(Platform {
            os: os.into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
            os_version: os_version.map(Into::into),
            os_features: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn one_normal_form() {
        for (given, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("Linux/x86_64", "linux/amd64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("linux/amd64/v3", "linux/amd64/v3"),
            ("linux/i686", "linux/386"),
            ("macos/arm64", "darwin/arm64"),
        ] {
            assert_eq!(platform(given).normalized().to_string(), normal, "{given}");
        }
    }

    #[test]
    fn what_was_asked_for() {
        for (own, wanted, answer) in [
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm/v6", "linux/arm", true),
            ("linux/arm/v6", "linux/arm/v7", false),
            ("linux/arm", "linux/arm/v7", true),
            ("linux/amd64", "linux/amd64/v3", false),
            ("windows/amd64", "linux/amd64", false),
        ] {
            assert_eq!(platform(own).satisfies(&platform(wanted)), answer, "{own} for {wanted}");
        }
    }

    #[test]
    fn only_platforms_are_read() {
        assert_eq!(platform("windows(10.0.17763)/amd64").os_version.as_deref(), Some("10.0.17763"));
        for bad in ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/a b", "linux(/amd64"] {
            assert!(bad.parse::<Platform>().is_err(), "{bad}");
        }
    }
}
