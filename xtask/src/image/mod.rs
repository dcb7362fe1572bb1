//! `cargo xtask image`: the services' images as OCI archives, made without a container engine.

mod artifact;
mod binaries;
mod blob;
mod contents;
mod description;
mod layer;
mod materials;
mod processor;
mod provenance;
mod push;
#[cfg(test)]
mod tests;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use artifact::Image;
use description::Description;
use layer::{Compression, Layer};
use processor::Processor;
use provenance::Provenance;
use push::Registry;

use crate::console::{self, Step};
use crate::tree;

/// Which images to make, and how.
#[derive(clap::Args)]
pub struct ImageOptions {
    /// The services to make images of; without any, all of them
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Compile quickly rather than well, for development
    #[arg(long)]
    dev: bool,
    /// Push the images as well, below this address, such as registry.example.org/team
    #[arg(long, value_name = "REGISTRY")]
    push: Option<String>,
    /// The processor that the images run on; without it, this machine's
    #[arg(long, value_enum, value_name = "PROCESSOR")]
    target: Option<Processor>,
    /// The images' tag; without it, the version of this checkout
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"), hide_default_value = true)]
    tag: String,
}

/// The version of this checkout.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes the images and says where they are.
pub async fn run(options: &ImageOptions) -> anyhow::Result<ExitCode> {
    let all = services()?;
    let wanted = wanted(&options.services, &all)?;
    let processor = options.target.map_or_else(Processor::host, Ok)?;
    let registry = options.push.as_deref().map(Registry::new).transpose()?;
    toolchain::prepare(processor).await?;
    let step = Step::begin_beside("compiled");
    let binaries = binaries::build(&all, processor, options.dev).await?;
    step.done(processor.triple());
    let workshop = Workshop {
        options,
        processor,
        provenance: Provenance::read()?,
        base: Layer::pack(&contents::base()?, options.compression())?,
    };
    let folder = folder();
    for service in wanted {
        let binary = binaries.get(service);
        let binary = binary.with_context(|| format!("{service} has no program of its name"))?;
        let step = Step::begin(service);
        let image = workshop.image(service, binary)?;
        let path = image.write(&folder)?;
        step.done(&summary(&image));
        console::line(&format!("      {}", path.display()));
        if !options.dev {
            let materials = materials::write(service, binary, &folder).await?;
            console::line(&format!("      {}", materials.display()));
        }
        if let Some(registry) = &registry {
            let step = Step::begin("pushed");
            step.done(&registry.push(&image).await?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What all images of one run have alike.
struct Workshop<'a> {
    options: &'a ImageOptions,
    processor: Processor,
    provenance: Provenance,
    base: Layer,
}

impl Workshop<'_> {
    fn image(&self, service: &str, binary: &Path) -> anyhow::Result<Image> {
        let program = contents::service(service, binary)?;
        let own = Layer::pack(&program, self.options.compression())?;
        let layers = vec![self.base.clone(), own];
        let description = Description {
            service,
            version: VERSION,
            processor: self.processor,
            provenance: &self.provenance,
        };
        Image::new(
            service,
            &self.options.tag,
            description.blob(&layers)?,
            layers,
        )
    }
}

impl ImageOptions {
    /// All images, for this machine.
    pub fn all(dev: bool) -> Self {
        Self {
            services: Vec::new(),
            dev,
            push: None,
            target: None,
            tag: VERSION.to_owned(),
        }
    }

    fn compression(&self) -> Compression {
        if self.dev {
            Compression::Quick
        } else {
            Compression::Best
        }
    }
}

/// Where the image of each service is put.
pub fn archives() -> anyhow::Result<Vec<PathBuf>> {
    let archive = |it: &String| folder().join(format!("{it}.tar"));
    Ok(services()?.iter().map(archive).collect())
}

fn folder() -> PathBuf {
    tree::root().join("target/images")
}

/// All services; there is a folder for each.
fn services() -> anyhow::Result<Vec<String>> {
    let mut services = Vec::new();
    for folder in fs::read_dir(tree::root().join("services"))? {
        let folder = folder?;
        if folder.path().join("src/main.rs").is_file() {
            services.push(folder.file_name().to_string_lossy().into_owned());
        }
    }
    services.sort();
    Ok(services)
}

/// The services that are named, or all.
fn wanted<'a>(named: &'a [String], all: &'a [String]) -> anyhow::Result<&'a [String]> {
    for name in named {
        let known = all.contains(name);
        anyhow::ensure!(known, "there is no {name}, only {}", all.join(", "));
    }
    Ok(if named.is_empty() { all } else { named })
}

fn summary(image: &Image) -> String {
    format!(
        "{} MB, {} MB packed   {}",
        megabytes(image.unpacked_size()),
        megabytes(image.packed_size()),
        image.manifest().digest(),
    )
}

/// `8.7`, of a million bytes each.
fn megabytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}
