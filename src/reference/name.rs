//! Image names: `[host/]path[:tag][@digest]`, their full and their familiar form.

/// The full form of a name: with host, with `library/` on Docker Hub, with a tag.
///
/// `app` is `docker.io/library/app:latest`, as the docker command reads it.
pub fn normalized(name: &str) -> String {
    let (repository, rest) = split(name);
    let repository = match repository.split_once('/') {
        Some(("index.docker.io", path)) => format!("docker.io/{path}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => repository.to_owned(),
        Some(_) => format!("docker.io/{repository}"),
        None => format!("docker.io/library/{repository}"),
    };
    let repository = match repository.strip_prefix("docker.io/") {
        Some(path) if !path.contains('/') => format!("docker.io/library/{path}"),
        _ => repository,
    };
    if rest.is_empty() { format!("{repository}:latest") } else { format!("{repository}{rest}") }
}

/// The form that the docker command shows: without `docker.io/` and `library/`.
pub fn familiar(name: &str) -> String {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    name.strip_prefix("library/").filter(|rest| !rest.contains('/')).unwrap_or(name).to_owned()
}

/// Whether two names mean one image: equal, or equal in their full form.
pub fn same_image(one: &str, other: &str) -> bool {
    one == other || normalized(one) == normalized(other)
}

/// `[host[:port]/]path:tag`, as distribution's references are written: a path in lower case.
pub fn is_name_and_tag(text: &str) -> bool {
    let Some((name, tag)) = text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) else { return false };
    let is_tag = (1..=128).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && !tag.starts_with(['.', '-']);
    let path = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => name,
    };
    let is_part = |part: &str| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        let at_ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        part.bytes().all(is_inner) && at_ends(part.bytes().next()) && at_ends(part.bytes().last())
    };
    is_tag && path.split('/').all(is_part)
}

/// The nearest name that readers accept: the repository in lower case, other characters than those of a name replaced.
///
/// `ComfyUI:1.0+abc` becomes `comfyui:1.0-abc`; what has neither `/` nor `:` is a tag and keeps its upper case.
pub fn name_like(name: &str) -> String {
    let (repository, rest) = if name.contains(['/', ':']) { split(name) } else { ("", name) };
    let tag = rest.split('@').next().unwrap_or_default();
    let tag = tag.strip_prefix(':').unwrap_or(tag);
    let plain = |text: &str| -> String {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        text.chars().map(|c| if allowed(c) { c } else { '-' }).collect()
    };
    let tag: String = plain(tag).trim_start_matches(['.', '-']).chars().take(128).collect();
    let tag = if tag.is_empty() { "latest".to_owned() } else { tag };
    if repository.is_empty() {
        return tag;
    }
    let (host, path) = match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (format!("{host}/"), path),
        _ => (String::new(), repository),
    };
    let parts: Vec<String> = path
        .split('/')
        .map(|part| plain(part).to_ascii_lowercase().trim_matches(['.', '_', '-']).to_owned())
        .map(|part| if part.is_empty() { "image".to_owned() } else { part })
        .collect();
    format!("{host}{}:{tag}", parts.join("/"))
}

/// The nearest name that readers accept, for one that docker and podman do not accept: a full name or a tag.
pub(crate) fn unaccepted(name: &str) -> Option<String> {
    let (_, rest) = split(name);
    let is_accepted = match (name.contains(['/', ':']), rest.is_empty()) {
        (false, _) => is_name_and_tag(&format!("a:{name}")),
        (true, true) => is_name_and_tag(&format!("{name}:latest")),
        (true, false) => is_name_and_tag(name),
    };
    (!is_accepted).then(|| name_like(name))
}

/// Whether a text can be a name: readers accept it, or it can be one in an image layout (image-spec `annotations.md`,
/// `org.opencontainers.image.ref.name`), which has letters, digits, and separators between them.
#[cfg(feature = "cli")]
pub(crate) fn is_ref(text: &str) -> bool {
    let is_end = |end: Option<u8>| end.is_some_and(|end| end.is_ascii_alphanumeric());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@+/".contains(&byte);
    unaccepted(text).is_none()
        || text.bytes().all(is_inner) && is_end(text.bytes().next()) && is_end(text.bytes().last())
}

/// The tag of a name, without the colon.
pub fn tag_of(name: &str) -> Option<&str> {
    let (_, rest) = split(name);
    let tag = rest.strip_prefix(':')?;
    Some(tag.split('@').next().unwrap_or(tag))
}

/// The repository of a name in full, without tag and digest; None for a tag alone.
#[cfg(feature = "signatures")]
pub(crate) fn repository(name: &str) -> Option<String> {
    if !name.contains(['/', ':', '@']) {
        return None;
    }
    let full = normalized(name);
    Some(split(&full).0.to_owned())
}

/// Whether a name is the one under which an image was signed: of the same repository, and with the same tag where the
/// signature has one (containers-policy.json(5), `matchRepoDigestOrExact`; cosign signs the repository alone).
#[cfg(feature = "signatures")]
pub(crate) fn is_signed_as(name: &str, signed: &str) -> bool {
    let signed_tag = tag_of(signed);
    // A repository alone may be written without a host, as `app`.
    let signed = split(signed).0;
    let same = repository(name).is_some_and(|own| split(&normalized(signed)).0 == own);
    same && signed_tag.is_none_or(|tag| tag_of(name) == Some(tag))
}

/// The repository, and `:tag`, `@digest` or both.
fn split(name: &str) -> (&str, &str) {
    let end = name.find('@').unwrap_or(name.len());
    let path = name[..end].rfind('/').map_or(0, |slash| slash + 1);
    let cut = name[path..end].find(':').map_or(end, |colon| path + colon);
    name.split_at(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_readers_refuse_have_a_nearest_one() {
        for (name, nearest) in [
            ("1.0", None),
            ("V1", None),
            ("app:1.0", None),
            ("localhost:5000/team/app", None),
            ("UPPER/x:1", Some("upper/x:1")),
            ("x:y:z", Some("x:y-z")),
            ("1.0+build", Some("1.0-build")),
            ("app@sha256:1", Some("app:latest")),
            ("touch-x-", None),
            ("", Some("latest")),
        ] {
            assert_eq!(unaccepted(name).as_deref(), nearest, "{name}");
        }
    }

    #[test]
    fn full_and_familiar_forms() {
        for (name, full, short) in [
            ("app", "docker.io/library/app:latest", "app"),
            ("docker.io/library/app:1", "docker.io/library/app:1", "app:1"),
            ("team/app:1", "docker.io/team/app:1", "team/app:1"),
            ("localhost/app:1", "localhost/app:1", "localhost/app:1"),
            ("host:5000/app", "host:5000/app:latest", "host:5000/app"),
            ("index.docker.io/app:2", "docker.io/library/app:2", "index.docker.io/app:2"),
        ] {
            assert_eq!(normalized(name), full);
            assert_eq!(familiar(name), short);
            assert!(same_image(name, full));
        }
    }

    #[test]
    fn tags() {
        assert_eq!(tag_of("host:5000/app"), None);
        assert_eq!(tag_of("host:5000/app:1.0@sha256:ab"), Some("1.0"));
        assert_eq!(tag_of("app@sha256:ab"), None);
    }

    #[test]
    fn names_with_tags() {
        for name in
            ["app:1", "a/b__c.d-e:1.0_x", "example.com/app:1", "host:5000/a/b:latest", "LOCAL.host/a:1", "a:i-was"]
        {
            assert!(is_name_and_tag(name), "{name}");
        }
        let digest = format!("app@sha256:{}", "0".repeat(64));
        for name in ["", "app", "App:1", ":1", "app:", "a//b:1", "-a:1", "a:.b", "a b:1", "host:5000/a", &digest] {
            assert!(!is_name_and_tag(name), "{name}");
        }
    }

    #[cfg(feature = "signatures")]
    #[test]
    fn names_that_were_signed() {
        for (name, signed, same) in [
            ("host:5000/team/app:1.0", "host:5000/team/app", true),
            ("host:5000/team/app:1.0", "host:5000/team/app:1.0", true),
            ("host:5000/team/app:1.0", "host:5000/team/app:1.1", false),
            ("host:5000/team/app:1.0", "host:5000/team/app2", false),
            ("host:5000/team/app:1.0", "host:5000/team", false),
            ("host:5000/team/app:1.0", "other:5000/team/app", false),
            ("app:1.0", "docker.io/library/app", true),
            ("app:1.0", "index.docker.io/library/app", true),
            ("app:1.0", "app", true),
            ("team/app:1.0", "app", false),
            ("1.0", "app", false),
        ] {
            assert_eq!(is_signed_as(name, signed), same, "{name} {signed}");
        }
    }

    #[test]
    fn names_that_readers_accept() {
        for (name, accepted) in [
            ("ComfyUI:latest", "comfyui:latest"),
            ("eris:1.0+git_abc", "eris:1.0-git_abc"),
            ("Host.example:5000/Team/App_:V1", "Host.example:5000/team/app:V1"),
            ("docker.io/library/A", "docker.io/library/a:latest"),
            ("1.0+abc", "1.0-abc"),
            ("//:", "image/image/image:latest"),
            ("a b:-.x", "a-b:x"),
        ] {
            assert_eq!(name_like(name), accepted);
            assert!(!accepted.contains(':') || is_name_and_tag(accepted), "{accepted}");
        }
    }
}
