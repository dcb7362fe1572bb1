use std::fmt::Write as _;

use crate::domain::{Finding, JobQueue};

/// One line for each finding, and one for all.
pub fn of_findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mark = if finding.well { "ok" } else { "WRONG" };
        let (area, said) = (finding.area, &finding.text);
        let _never_fails = writeln!(text, "{mark:<6} {area:<14} {said}");
    }
    match findings.iter().filter(|it| !it.well).count() {
        0 => text + "all is well",
        1 => text + "1 thing is wrong",
        wrong => text + &format!("{wrong} things are wrong"),
    }
}

/// One line for each queue, and below it what goes wrong there.
pub fn of_queues(queues: &[JobQueue]) -> String {
    let mut text = format!(
        "{:<26}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10}",
        "queue",
        "ready",
        "queued",
        "running",
        "parked",
        "dead",
        "lag",
        "pending",
        "slots",
        "oldest"
    );
    for queue in queues {
        let _never_fails = write!(text, "\n{:<26}", queue.name);
        for number in [
            queue.ready,
            queue.queued,
            queue.running,
            queue.parked,
            queue.dead,
            queue.lag,
            queue.pending,
            queue.slots,
        ] {
            let shown = number.map_or("?".to_owned(), |it| it.to_string());
            let _never_fails = write!(text, "{shown:>8}");
        }
        let oldest = queue.oldest_ms.map_or("?".to_owned(), duration);
        let _never_fails = write!(text, "{oldest:>10}");
        if let Some(reason) = &queue.paused_for {
            let _never_fails = write!(text, "\n  paused: {reason}");
        }
        for trouble in &queue.troubles {
            let (waiting, dead) = (trouble.waiting, trouble.dead);
            let error = &trouble.error;
            let _never_fails = write!(text, "\n  {waiting} try again, {dead} given up: {error}");
        }
    }
    text
}

/// Milliseconds, as people say them.
fn duration(milliseconds: u64) -> String {
    match milliseconds {
        ..1_000 => format!("{milliseconds} ms"),
        1_000..120_000 => format!("{} s", milliseconds / 1_000),
        120_000..7_200_000 => format!("{} min", milliseconds / 60_000),
        _ => format!("{} h", milliseconds / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::JobTrouble;

    #[test]
    fn what_is_wrong_stands_out_and_is_counted() {
        let well = Finding::well("secrets", "fine");
        let shown = of_findings(std::slice::from_ref(&well));
        assert_eq!(shown, "ok     secrets        fine\nall is well");
        let wrong = Finding::wrong("mail", "no route");
        let shown = of_findings(&[well, wrong]);
        assert!(shown.ends_with("WRONG  mail           no route\n1 thing is wrong"));
    }

    #[test]
    fn what_is_unknown_is_not_shown_as_nothing() {
        let queue = JobQueue {
            name: "story interactive".to_owned(),
            dead: Some(2),
            oldest_ms: Some(125_000),
            troubles: vec![JobTrouble {
                error: "smtp: no".to_owned(),
                waiting: 0,
                dead: 2,
            }],
            ..JobQueue::default()
        };
        let shown = of_queues(&[queue]);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[0].len(), lines[1].len());
        assert_eq!(lines[1].matches('?').count(), 7);
        assert!(lines[1].ends_with("2 min"));
        assert_eq!(lines[2], "  0 try again, 2 given up: smtp: no");
    }
}
