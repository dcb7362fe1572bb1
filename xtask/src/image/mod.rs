//! `cargo xtask image`: the services' images as OCI archives, made without a container engine.

mod artifact;
mod binaries;
mod blob;
mod contents;
mod description;
mod destination;
mod engine;
mod layer;
mod materials;
mod name;
mod options;
mod processor;
mod programs;
mod provenance;
mod push;
#[cfg(test)]
mod tests;
mod toolchain;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use artifact::Image;
use description::Description;
use destination::Destination;
use layer::Layer;
pub use options::ImageOptions;
use options::Part;
use processor::Processor;
use provenance::Provenance;

use crate::console::{self, Step};
use crate::tree;

/// The version of this checkout.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes the images and says where they are.
pub async fn run(options: &ImageOptions) -> anyhow::Result<ExitCode> {
    let all = services()?;
    let wanted = wanted(&options.services, &all)?;
    let destination = Destination::of(options, wanted)?;
    let folder = folder();
    let programs = folder.join("programs");
    let processor = options.target.map_or_else(Processor::host, Ok)?;
    let binaries = if options.only == Some(Part::Pack) {
        programs::kept(wanted, &programs)?
    } else {
        compile(&all, processor, options.dev).await?
    };
    if options.only == Some(Part::Compile) {
        let changed = programs::keep(&binaries, &programs)?;
        let changed = if changed.is_empty() {
            "nothing".to_owned()
        } else {
            changed.join(", ")
        };
        console::line(&format!("      changed: {changed}"));
        return Ok(ExitCode::SUCCESS);
    }
    let workshop = Workshop {
        options,
        provenance: Provenance::read()?,
        base: Layer::pack(&contents::base()?, options.compression())?,
    };
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
        destination.bring(&image, &path).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Compiles all services; answers where their programs are.
async fn compile(
    all: &[String],
    processor: Processor,
    dev: bool,
) -> anyhow::Result<HashMap<String, PathBuf>> {
    toolchain::prepare(processor).await?;
    let step = Step::begin_beside("compiled");
    let binaries = binaries::build(all, processor, dev).await?;
    step.done(processor.triple());
    Ok(binaries)
}

/// What all images of one run have alike.
struct Workshop<'a> {
    options: &'a ImageOptions,
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
            processor: Processor::of_program(&programs::header(binary)?)?,
            provenance: &self.provenance,
        };
        let name = self.options.name(service)?;
        Image::new(service, name, description.blob(&layers)?, layers)
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
pub fn services() -> anyhow::Result<Vec<String>> {
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
