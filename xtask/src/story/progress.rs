//! How far a story is: a bar on a terminal, lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::console;

/// Shows what the events of a story say.
#[derive(Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
    beats: u64,
}

impl Progress {
    /// Takes note of an event.
    pub fn event(&mut self, name: &str, data: &Value) {
        match name {
            "plan" => self.plan(data),
            "scene" => self.scene(data),
            _ => {}
        }
    }

    fn plan(&mut self, data: &Value) {
        self.beats = data
            .get("beats")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let title = data
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or_default();
        console::line(&format!("    “{title}”, {} scenes", self.beats));
        if console::is_terminal() {
            let bar = ProgressBar::new(self.beats);
            if let Ok(style) = ProgressStyle::with_template("    {bar:32} scene {pos} of {len}") {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
    }

    fn scene(&mut self, data: &Value) {
        let number = data
            .get("index")
            .and_then(Value::as_u64)
            .unwrap_or_default()
            + 1;
        match &self.bar {
            Some(bar) => bar.set_position(number),
            None => console::line(&format!("    scene {number} of {}", self.beats)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
