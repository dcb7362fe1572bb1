use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::{Value, json};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer as _, Registry};

use crate::layer::{LogLayer, Style};
use crate::writer::Writer;
use crate::{Environment, Format, Settings, export};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The address of the collector is none.
    #[error("bad settings: telemetry.otlp_endpoint: {0}")]
    Endpoint(String),
    /// Standard output cannot be written to.
    #[error("standard output cannot be used: {0}")]
    Output(#[from] std::io::Error),
    /// It was set up before.
    #[error("logging is set up already")]
    Twice,
}

/// Whose lines and traces these are.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The name of the crate.
    pub service: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The installation.
    pub environment: Environment,
}

/// Writes and sends what is still waiting when it is dropped. Keep it until the end of
/// `main`.
pub struct Guard {
    writer: Writer,
    provider: SdkTracerProvider,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::debug!(error.message = %error, "last spans could not be sent");
        }
        self.writer.flush();
    }
}

/// Sets up logging and tracing for the whole process. Call it within a Tokio runtime.
pub fn init(settings: &Settings, origin: &Origin) -> Result<Guard, InitError> {
    let provider = export::provider(&settings.otlp_endpoint, origin)?;
    let writer = Writer::stdout()?;
    let style = style(settings.format, origin);
    let subscriber = subscriber(settings, style, writer.clone(), &provider);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::Twice)?;
    let flushed = writer.clone();
    std::panic::set_hook(Box::new(move |panic| {
        tell_panic(panic);
        flushed.flush();
    }));
    Ok(Guard { writer, provider })
}

/// What takes events and spans. Spans down to `info` exist whatever is logged: they carry
/// the trace, and lines have their fields.
pub(crate) fn subscriber(
    settings: &Settings,
    style: Style,
    writer: Writer,
    provider: &SdkTracerProvider,
) -> impl Subscriber + for<'a> LookupSpan<'a> + Send + Sync + 'static + use<> {
    let traced =
        |metadata: &Metadata<'_>| metadata.is_span() && *metadata.level() <= tracing::Level::INFO;
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("storyloom"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(traced));
    let lines = LogLayer::new(style, writer);
    let lines = lines.with_filter(settings.level.filter().or(filter_fn(traced)));
    Registry::default().with(spans).with(lines)
}

fn style(format: Format, origin: &Origin) -> Style {
    let colours = std::io::stdout().is_terminal();
    match format {
        Format::Human => Style::Human { colours },
        Format::Auto if colours => Style::Human { colours },
        Format::Ecs | Format::Auto => Style::Ecs(always(origin, &node_name(), std::process::id())),
    }
}

/// What every line of this process has, as the inside of a JSON object.
pub(crate) fn always(origin: &Origin, node: &str, pid: u32) -> String {
    let members: [(&str, Value); 6] = [
        ("service.name", json!(origin.service)),
        ("service.version", json!(origin.version)),
        ("service.environment", json!(origin.environment.as_str())),
        ("service.node.name", json!(node)),
        ("event.dataset", json!(dataset(origin.service))),
        ("process.pid", json!(pid)),
    ];
    let members = members.map(|(name, value)| format!("\"{name}\":{value}"));
    members.join(",")
}

/// `storyloom.auth` for `auth-service`. Names of data streams have no `-` within a part.
fn dataset(service: &str) -> String {
    let short = service.strip_suffix("-service").unwrap_or(service);
    format!("storyloom.{}", short.replace('-', "_"))
}

/// The name of the machine, which in a cluster is that of the pod.
fn node_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}

fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let place = place.unwrap_or_else(|| "an unknown place".to_owned());
    let trace = Backtrace::capture();
    let trace = match trace.status() {
        BacktraceStatus::Captured => format!("at {place}\n{trace}"),
        _ => format!("at {place}"),
    };
    tracing::error!(
        "error.type" = "panic",
        error.message = panic.payload_as_str().unwrap_or("no message"),
        error.stack_trace = trace,
        "a thread panicked"
    );
}
