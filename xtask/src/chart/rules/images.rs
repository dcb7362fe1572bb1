//! Every image comes through one partial: registry, digest and pull policy work for all.

use super::unless;
use crate::chart::objects::{Pod, Rendering, at, text};

const OWN: [&str; 5] = [
    "auth-service",
    "story-service",
    "notification-service",
    "ratelimit-sidecar",
    "storyctl",
];

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for pod in rendering.pods() {
        for container in pod.containers() {
            let image = text(container.spec, "/image");
            let who = format!("{}, {}", pod.title(), container.name());
            faults.extend(unless(is_pinned(image), || {
                format!("{who}: image {image:?}")
            }));
            let policy = at(container.spec, "/imagePullPolicy");
            faults.extend(unless(!policy.is_null(), || {
                format!("{who}: no pull policy")
            }));
            let name = name(image);
            let own = image.contains("storyloom/");
            faults.extend(unless(!own || OWN.contains(&name), || {
                format!("{who}: there is no image {name}")
            }));
        }
    }
    faults
}

/// With a registry and digests for all, no image is without; what is not one of both.
pub fn unpinned(rendering: &Rendering, registry: &str) -> Vec<String> {
    let pods = rendering.pods();
    let containers = pods.iter().flat_map(Pod::containers);
    let images = containers.map(|it| text(it.spec, "/image").to_owned());
    images
        .filter(|it| !it.starts_with(&format!("{registry}/")) || !it.contains("@sha256:"))
        .collect()
}

fn is_pinned(image: &str) -> bool {
    if let Some((_, digest)) = image.split_once("@sha256:") {
        return digest.len() == 64;
    }
    let tag = image.rsplit('/').next().and_then(|it| it.split_once(':'));
    tag.is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest")
}

/// The last part of an image's path.
fn name(image: &str) -> &str {
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split(['@', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn an_image_has_a_tag_or_a_digest() {
        let planted = deployment("auth-service:0.1.0", "auth-service:latest");
        finds(&faults(&planted), &["latest"]);
        let planted = deployment("auth-service:0.1.0", "auth-service");
        finds(&faults(&planted), &["image"]);
        let planted = deployment("auth-service:0.1.0", "auth:0.1.0");
        finds(&faults(&planted), &["no image auth"]);
    }

    #[test]
    fn one_image_without_a_digest_is_found() {
        let planted = deployment("image: storyloom", "image: r.example/storyloom");
        assert_eq!(unpinned(&planted, "r.example").len(), 1);
    }
}
