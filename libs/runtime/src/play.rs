use std::process::ExitCode;

use serde::Deserialize;
use settings::{BAD_SETTINGS_EXIT, BadSettings};
use telemetry::{Environment, Origin};

/// Which program this is.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// The name of its crate.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What is set about the process as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Which installation this is: `development`, `production`, …
    pub environment: Environment,
}

/// What `main` does: settings → telemetry → `run`. Bad settings end it with exit code 64,
/// mostly before anything else happens, any other failure with 1.
#[expect(clippy::print_stderr, reason = "there is no log before the settings")]
pub async fn play<S, F>(
    service: Service,
    settings: Result<S, BadSettings>,
    telemetry: impl FnOnce(&S) -> (telemetry::Settings, Environment),
    run: impl FnOnce(S) -> F,
) -> ExitCode
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{}: {error}", service.name);
            return BAD_SETTINGS_EXIT.into();
        }
    };
    let (logging, environment) = telemetry(&settings);
    let origin = Origin {
        service: service.name,
        version: service.version,
        environment,
    };
    let _guard = match telemetry::init(&logging, &origin) {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("{}: {error}", service.name);
            return BAD_SETTINGS_EXIT.into();
        }
    };
    run(settings).await.unwrap_or_else(|error| {
        tracing::error!(error.message = format!("{error:#}"), "stopped by an error");
        if error
            .chain()
            .any(<dyn std::error::Error>::is::<BadSettings>)
        {
            BAD_SETTINGS_EXIT.into()
        } else {
            ExitCode::FAILURE
        }
    })
}
