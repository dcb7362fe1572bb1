use std::sync::OnceLock;

use opentelemetry::trace::TraceContextExt as _;
use time::OffsetDateTime;
use tracing::dispatcher::WeakDispatch;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::fields::Fields;
use crate::line::{Line, TraceIds};
use crate::writer::Writer;

/// How lines look, once it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Style {
    /// With what every line has.
    Ecs(String),
    /// In colours or without.
    Human { colours: bool },
}

/// Writes a line for each event, with the fields of the spans that it lies in.
pub(crate) struct LogLayer {
    style: Style,
    writer: Writer,
    dispatch: OnceLock<WeakDispatch>,
}

impl LogLayer {
    pub(crate) fn new(style: Style, writer: Writer) -> Self {
        Self {
            style,
            writer,
            dispatch: OnceLock::new(),
        }
    }

    fn trace_ids<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> Option<TraceIds>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let dispatch = self.dispatch.get()?.upgrade()?;
        let mut spans = context.event_scope(event)?.filter_map(|span| {
            let context = get_otel_context(&span.id(), &dispatch)?;
            let ids = context.span().span_context().clone();
            ids.is_valid().then_some(ids)
        });
        let inner = spans.next()?;
        let root = spans.last().unwrap_or_else(|| inner.clone());
        Some(TraceIds {
            trace: inner.trace_id().to_string(),
            span: inner.span_id().to_string(),
            transaction: root.span_id().to_string(),
        })
    }
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        self.dispatch.get_or_init(|| subscriber.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.extend(of_span);
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = Line {
            at: OffsetDateTime::now_utc(),
            level: *metadata.level(),
            logger: metadata.target(),
            trace: self.trace_ids(event, &context),
            fields,
        };
        self.writer.write(match &self.style {
            Style::Ecs(always) => line.ecs(always),
            Style::Human { colours } => line.human(*colours),
        });
    }
}
