use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::{InitError, Origin};

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
        .with_batch_exporter(exporter)
        .build())
}
