//! What an image is called.

use std::fmt;

/// `[registry/]repository:tag`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    registry: Option<String>,
    repository: String,
    tag: String,
}

impl Name {
    /// A service's usual one, which is in no registry yet.
    pub fn usual(service: &str, tag: &str) -> Self {
        Self {
            registry: None,
            repository: format!("storyloom/{service}"),
            tag: tag.to_owned(),
        }
    }

    /// Parses a whole name, as `docker pull` would: the first part is a registry's address if it
    /// looks like a host's, and without a tag the image is the latest.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let (registry, rest) = match text.split_once('/') {
            Some((host, rest)) if host == "localhost" || host.contains(['.', ':']) => {
                (Some(host.to_owned()), rest)
            }
            _ => (None, text),
        };
        let (repository, tag) = rest.rsplit_once(':').unwrap_or((rest, "latest"));
        let plain = |it: &str, more: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
            !it.is_empty() && it.chars().all(fits)
        };
        anyhow::ensure!(
            plain(repository, "/._-") && plain(tag, "._-"),
            "{text} cannot be an image's name"
        );
        Ok(Self {
            registry,
            repository: repository.to_owned(),
            tag: tag.to_owned(),
        })
    }

    /// The address of the registry, if the name tells one.
    pub fn registry(&self) -> Option<&str> {
        self.registry.as_deref()
    }

    pub fn repository(&self) -> &str {
        &self.repository
    }

    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// As nodes know it.
    pub fn in_full(&self) -> String {
        match self.registry {
            Some(_) => self.to_string(),
            None => format!("docker.io/{self}"),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(registry) = &self.registry {
            write!(f, "{registry}/")?;
        }
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_container_engines_do() {
        let check = |text: &str, registry: Option<&str>, repository: &str, tag: &str| {
            let name = Name::parse(text).unwrap();
            let parts = (name.registry(), name.repository(), name.tag());
            assert_eq!(parts, (registry, repository, tag), "{text}");
        };
        check("storyloom/a", None, "storyloom/a", "latest");
        check("a:1", None, "a", "1");
        let here = Some("localhost:5001");
        check(
            "localhost:5001/a_b:tilt-build-1",
            here,
            "a_b",
            "tilt-build-1",
        );
        let far = Some("registry.example.org");
        check("registry.example.org/a/b/c:0.1.0", far, "a/b/c", "0.1.0");
        assert_eq!(Name::parse("a:1").unwrap().in_full(), "docker.io/a:1");
        for bad in ["", "a:", ":1", "a b", "a@sha256:1", "localhost:5001/"] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }
}
