//! The sidecar as a gateway sees it, with a real Redis behind.

#[cfg(test)]
mod checks;
#[cfg(test)]
mod layer;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod settings;
