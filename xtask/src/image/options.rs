use clap::ValueEnum;

use super::VERSION;
use super::engine::Engine;
use super::layer::Compression;
use super::name::Name;
use super::processor::Processor;

/// Which images to make, and how.
#[derive(clap::Args)]
pub struct ImageOptions {
    /// The services to make images of; without any, all of them
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Compile quickly rather than well, for development
    #[arg(long)]
    pub dev: bool,
    /// Only compile, or only pack what was compiled so
    #[arg(long, value_enum, value_name = "PART")]
    pub only: Option<Part>,
    /// Push the images as well, below this address, such as registry.example.org/team
    #[arg(long, value_name = "REGISTRY")]
    pub push: Option<String>,
    /// Load the images as well
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub load: Option<Engine>,
    /// The processor that the images run on; without it, this machine's
    #[arg(long, value_enum, value_name = "PROCESSOR")]
    pub target: Option<Processor>,
    /// The images' tag; without it, the version of this checkout
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"), hide_default_value = true)]
    pub tag: String,
    /// The whole name of the one image, as Skaffold and Tilt give it. It is pushed to the registry
    /// in the name; without one, or with `PUSH_IMAGE=false`, it is loaded into Docker
    #[arg(long, value_name = "NAME", conflicts_with_all = ["push", "load", "tag"])]
    pub name: Option<String>,
}

/// A part of making images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Compile,
    Pack,
}

impl ImageOptions {
    /// All images, for this machine.
    pub fn all(dev: bool) -> Self {
        Self {
            services: Vec::new(),
            dev,
            only: None,
            push: None,
            load: None,
            target: None,
            tag: VERSION.to_owned(),
            name: None,
        }
    }

    pub fn compression(&self) -> Compression {
        if self.dev {
            Compression::None
        } else {
            Compression::Best
        }
    }

    /// What a service's image is called.
    pub fn name(&self, service: &str) -> anyhow::Result<Name> {
        match &self.name {
            Some(name) => Name::parse(name),
            None => Ok(Name::usual(service, &self.tag)),
        }
    }
}
