mod fuzz;

use std::io::Write;
use std::sync::{Arc, Mutex};

use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::{Value, json};
use time::macros::datetime;
use tracing::Level;

use crate::fields::Fields;
use crate::layer::Style;
use crate::line::{LONGEST, Line, TraceIds};
use crate::setup::{Origin, always, subscriber};
use crate::writer::Writer;
use crate::{Environment, Settings};

fn origin() -> Origin {
    Origin {
        service: "auth-service",
        version: "1.2.3",
        environment: environment("test"),
    }
}

fn environment(name: &str) -> Environment {
    serde_json::from_value(json!(name)).unwrap()
}

fn always_here() -> String {
    always(&origin(), "pod-7", 42)
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut output = self
            .0
            .lock()
            .map_err(|_| std::io::Error::other("poisoned"))?;
        output.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is written while `work` runs.
fn written(level: &str, style: Style, work: impl FnOnce()) -> String {
    let settings = json!({"level": level, "format": "ecs", "otlp_endpoint": ""});
    let settings: Settings = serde_json::from_value(settings).unwrap();
    let output = Output::default();
    let writer = Writer::to(output.clone()).unwrap();
    let provider = SdkTracerProvider::builder().build();
    let subscriber = subscriber(&settings, style, writer.clone(), &provider);
    tracing::subscriber::with_default(subscriber, work);
    writer.flush();
    let bytes = output.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn lines(work: impl FnOnce()) -> Vec<Value> {
    let written = written("debug", Style::Ecs(always_here()), work);
    written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn line(work: impl FnOnce()) -> Value {
    let mut lines = lines(work);
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

fn bare(fields: Fields) -> Line<'static> {
    Line {
        at: datetime!(2026-02-03 04:05:06.000_789 UTC),
        level: Level::WARN,
        logger: "auth_service::app",
        trace: None,
        fields,
    }
}

fn said(message: &str) -> Fields {
    Fields {
        message: Some(message.to_owned()),
        ..Fields::default()
    }
}

#[test]
fn a_line_is_exactly_this() {
    let mut fields = said("request answered");
    fields.put("http.response.status_code", json!(202));
    fields.put("story.id", json!("0198"));
    let mut line = bare(fields);
    line.trace = Some(TraceIds {
        trace: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
        span: "00f067aa0ba902b7".to_owned(),
        transaction: "b7ad6b7169203331".to_owned(),
    });
    let expected = concat!(
        r#"{"@timestamp":"2026-02-03T04:05:06.000789Z","log.level":"warn","#,
        r#""message":"request answered","ecs.version":"8.17.0","#,
        r#""service.name":"auth-service","service.version":"1.2.3","#,
        r#""service.environment":"test","service.node.name":"pod-7","#,
        r#""event.dataset":"storyloom.auth","process.pid":42,"#,
        r#""log.logger":"auth_service::app","#,
        r#""trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","#,
        r#""span.id":"00f067aa0ba902b7","transaction.id":"b7ad6b7169203331","#,
        r#""http.response.status_code":202,"labels.story_id":"0198"}"#,
        "\n",
    );
    assert_eq!(
        String::from_utf8(line.ecs(&always_here())).unwrap(),
        expected
    );
    let human = String::from_utf8(line.human(false)).unwrap();
    let read = "04:05:06.000  WARN request answered http.response.status_code=202 \
                story_id=0198 (auth_service::app)\n";
    assert_eq!(human, read);
}

#[test]
fn the_event_counts_more_than_inner_spans_and_those_more_than_outer_ones() {
    let told = line(|| {
        let outer = tracing::info_span!("outer", a = 1, b = 1, c = 1, user.id = "one");
        outer.in_scope(|| {
            let inner = tracing::info_span!("inner", b = 2, c = 2, d = tracing::field::Empty);
            inner.record("d", 2);
            inner.in_scope(|| tracing::info!(c = 3, user.id = "two", "done"));
        });
    });
    let labels = ["a", "b", "c", "d"].map(|name| told[format!("labels.{name}")].clone());
    assert_eq!(labels, [json!("1"), json!("2"), json!("3"), json!("2")]);
    assert_eq!(told["user.id"], "two");
}

#[test]
fn every_span_has_a_trace_though_nothing_is_exported() {
    let told = lines(|| {
        let outer = tracing::info_span!("outer");
        crate::adopt(
            &outer,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        );
        outer.in_scope(|| {
            tracing::info!(traceparent = crate::traceparent(), "outside");
            tracing::info_span!("inner").in_scope(|| tracing::info!("inside"));
        });
        tracing::info!("alone");
    });
    let [outside, inside, alone] = told.try_into().unwrap();
    assert_eq!(outside["trace.id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(inside["trace.id"], outside["trace.id"]);
    assert_eq!(outside["transaction.id"], outside["span.id"]);
    assert_eq!(inside["transaction.id"], outside["span.id"]);
    assert_ne!(inside["span.id"], outside["span.id"]);
    let span = outside["span.id"].as_str().unwrap();
    let expected = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{span}-01");
    assert_eq!(outside["labels.traceparent"], expected);
    assert_eq!(alone.get("trace.id"), None);
}

#[test]
fn a_malformed_traceparent_begins_a_new_trace() {
    for given in [
        "",
        "nonsense",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
    ] {
        let told = line(|| {
            let span = tracing::info_span!("request");
            crate::adopt(&span, given);
            span.in_scope(|| tracing::info!("told"));
        });
        let trace = told["trace.id"].as_str().unwrap();
        assert_eq!(trace.len(), 32, "{given}");
        assert_ne!(trace, "4bf92f3577b34da6a3ce929d0e0e4736", "{given}");
    }
}

#[test]
fn spans_carry_the_trace_whatever_is_logged() {
    let style = Style::Ecs(always_here());
    let text = written("warn", style, || {
        let span = tracing::info_span!("job", job.kind = "write_story");
        span.in_scope(|| {
            tracing::info!("not written");
            tracing::warn!("written");
        });
    });
    let told: Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(told["labels.job_kind"], "write_story");
    assert!(told["trace.id"].is_string());
}

#[derive(Debug, thiserror::Error)]
#[error("story cannot be kept")]
struct CannotKeep(#[source] std::io::Error);

#[test]
fn an_error_comes_with_its_causes() {
    let error = CannotKeep(std::io::Error::other("disk full"));
    let told = line(|| {
        tracing::error!(error = &error as &dyn std::error::Error, "failed");
    });
    assert_eq!(told["error.message"], "story cannot be kept");
    assert_eq!(told["error.type"], "CannotKeep");
    let chain = "story cannot be kept\ncaused by: disk full";
    assert_eq!(told["error.stack_trace"], chain);
    assert_eq!(told.get("error"), None);

    let told = line(|| tracing::error!(error = %error, "failed"));
    assert_eq!(told["error.message"], "story cannot be kept");
}

#[test]
fn a_value_of_the_wrong_type_becomes_a_label() {
    let told = line(|| {
        tracing::info!(
            client.ip = "unknown",
            source.ip = "::1",
            event.duration = 1.5,
            event.category = "authentication, session",
            error.code = 7,
            ratio = f64::NAN,
            "odd"
        );
    });
    assert_eq!(told["labels.client_ip"], "unknown");
    assert_eq!(told["source.ip"], "::1");
    assert_eq!(told["labels.event_duration"], "1.5");
    assert_eq!(told["event.category"], json!(["authentication", "session"]));
    assert_eq!(told["error.code"], "7");
    assert_eq!(told["labels.ratio"], "NaN");
}

#[test]
fn secrets_are_not_written() {
    let work = || {
        let span = tracing::info_span!("login", password = "hunter2-one");
        let _entered = span.enter();
        tracing::info!(
            access_token = "hunter2-two",
            user.email = "hunter2@example.org",
            code = 12_345_678,
            error.code = "invalid-code",
            labels.secret = ?Some("hunter2-three"),
            "signed in"
        );
    };
    let ecs = written("info", Style::Ecs(always_here()), work);
    let human = written("info", Style::Human { colours: false }, work);
    for text in [ecs, human] {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!text.contains("12345678"), "{text}");
        assert_eq!(text.matches("[redacted]").count(), 5, "{text}");
        assert!(text.contains("invalid-code"), "{text}");
    }
}

#[test]
fn what_is_logged_cannot_forge_a_line() {
    let forged = "x\n{\"message\":\"forged\"}\r\u{1b}[2J\u{0}\u{2028}\"";
    let work = || tracing::info!(reason = forged, url.path = forged, "{forged}");
    let told = line(work);
    assert_eq!(told["message"], forged);
    assert_eq!(told["labels.reason"], forged);
    assert_eq!(told["url.path"], forged);
    let human = written("info", Style::Human { colours: false }, work);
    assert_eq!(human.lines().count(), 1, "{human}");
    assert!(!human.contains('\u{1b}'), "{human}");
}

#[test]
fn what_every_line_has_cannot_be_overwritten() {
    let told = line(|| {
        tracing::info!(
            service.name = "other",
            trace.id = "1",
            log.level = "x",
            "odd"
        );
    });
    assert_eq!(told["service.name"], "auth-service");
    assert_eq!(told["log.level"], "info");
    assert_eq!(told["labels.service_name"], "other");
    assert_eq!(told.get("trace.id"), None);
}

#[test]
fn long_lines_are_shortened_and_say_so() {
    let check = |fields: Fields| {
        let text = bare(fields).ecs(&always_here());
        assert!(text.len() <= LONGEST, "{}", text.len());
        let told: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(told["labels.truncated"], "true");
        assert_eq!(told["service.name"], "auth-service");
    };
    check(said(&"é".repeat(40_000)));
    let mut controls = Fields::default();
    for number in 0..20 {
        controls.put(&format!("field_{number}"), json!("\u{1}".repeat(900)));
    }
    check(controls);
    let mut many = Fields::default();
    for number in 0..5_000 {
        many.put(&format!("field_{number}"), json!(number));
    }
    check(many);
}

#[test]
fn lines_that_nobody_reads_are_counted_and_hold_nobody_up() {
    struct Stuck(std::sync::mpsc::Receiver<()>);
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.recv().ok();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (_release, stuck) = std::sync::mpsc::channel();
    let writer = Writer::to(Stuck(stuck)).unwrap();
    let before = crate::dropped_lines();
    for _ in 0..5_000 {
        writer.write(b"line\n".to_vec());
    }
    assert!(crate::dropped_lines() - before >= 900);
}

#[test]
fn settings_are_checked() {
    let check = |level: &str, fits: bool| {
        let settings = json!({"level": level, "format": "auto", "otlp_endpoint": ""});
        assert_eq!(
            serde_json::from_value::<Settings>(settings).is_ok(),
            fits,
            "{level}"
        );
    };
    check("info", true);
    check("info,sqlx=warn,auth_service::app=trace", true);
    check("", false);
    check("loud=very", false);
    assert!(serde_json::from_value::<Environment>(json!("kind-1")).is_err());
    assert!(environment("production").is_production());
}
