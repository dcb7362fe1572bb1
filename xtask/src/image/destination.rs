//! Where images go beside the folder of archives.

use std::path::Path;

use super::artifact::Image;
use super::engine::Engine;
use super::name::Name;
use super::options::ImageOptions;
use super::push::Registry;
use crate::console::Step;
use crate::environment;

/// Set by Skaffold: whether the image is wanted in the registry of its name.
const PUSH_IMAGE: &str = "PUSH_IMAGE";

/// A registry, an engine, both or neither.
pub struct Destination {
    registry: Option<Registry>,
    engine: Option<Engine>,
}

impl Destination {
    /// As the options say.
    pub fn of(options: &ImageOptions, wanted: &[String]) -> anyhow::Result<Self> {
        let Some(name) = &options.name else {
            return Ok(Self {
                registry: options.push.as_deref().map(Registry::new).transpose()?,
                engine: options.load,
            });
        };
        let one = wanted.len() == 1;
        anyhow::ensure!(one, "--name names one image; say of which service");
        let stays = environment::text(PUSH_IMAGE).as_deref() == Some("false");
        let name = Name::parse(name)?;
        let registry = name.registry().filter(|_| !stays);
        let registry = registry.map(Registry::new).transpose()?;
        Ok(Self {
            engine: registry.is_none().then_some(Engine::Docker),
            registry,
        })
    }

    /// Brings an image there, which this archive carries.
    pub async fn bring(&self, image: &Image, archive: &Path) -> anyhow::Result<()> {
        if let Some(registry) = &self.registry {
            let step = Step::begin("pushed");
            step.done(&registry.push(image).await?);
        }
        if let Some(engine) = self.engine {
            let step = Step::begin("loaded");
            engine.load(archive).await?;
            step.done(&image.name().to_string());
        }
        Ok(())
    }
}
