use super::access::Cluster;
use super::{ImageChoice, console};
use crate::console::Step;
use crate::image;

/// Makes the images of this checkout and brings them into the cluster's node.
pub async fn bring(cluster: &Cluster, choice: &ImageChoice) -> anyhow::Result<()> {
    if choice.no_images {
        console::note("the images are those that the node has");
        return Ok(());
    }
    image::run(&image::ImageOptions::all(!choice.release)).await?;
    let step = Step::begin("images loaded");
    let archives = image::archives()?;
    for archive in &archives {
        cluster.load(archive).await?;
    }
    step.done(&format!("{} images", archives.len()));
    Ok(())
}
