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

/// The tag of a name, without the colon.
pub fn tag_of(name: &str) -> Option<&str> {
    let (_, rest) = split(name);
    let tag = rest.strip_prefix(':')?;
    Some(tag.split('@').next().unwrap_or(tag))
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
}
