use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter as Export};

use crate::redact::{REDACTED, is_secret};
use crate::{InitError, Origin, names};

const EXPORT_WITHIN: Duration = Duration::from_secs(5);

/// Makes spans, and sends them to `endpoint` if that is not empty.
pub(crate) fn provider(endpoint: &str, origin: &Origin) -> Result<SdkTracerProvider, InitError> {
    let builder = SdkTracerProvider::builder();
    if endpoint.is_empty() {
        return Ok(builder.build());
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_WITHIN)
        .build()
        .map_err(|error| InitError::Endpoint(error.to_string()))?;
    let resource = Resource::builder_empty()
        .with_service_name(origin.service)
        .with_attribute(KeyValue::new("service.version", origin.version))
        .with_attribute(KeyValue::new(
            "deployment.environment.name",
            origin.environment.as_str().to_owned(),
        ))
        .build();
    Ok(builder
        .with_resource(resource)
        .with_batch_exporter(Redacting(exporter))
        .build())
}

/// Sends spans without the values that may not be logged either.
#[derive(Debug)]
struct Redacting<E>(E);

impl<E: Export> Export for Redacting<E> {
    fn export(&self, mut spans: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        for attribute in spans.iter_mut().flat_map(|span| &mut span.attributes) {
            let name = attribute.key.as_str();
            if names::find(name).is_none() && is_secret(name) {
                attribute.value = REDACTED.into();
            }
        }
        self.0.export(spans)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
