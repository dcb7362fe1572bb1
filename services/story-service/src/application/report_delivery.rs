use std::sync::Arc;

use super::ports::{Desk, MailReport, NewsBoard, Unavailable};
use crate::domain::story::News;

/// A story's mail was sent, or never will be.
pub struct ReportDelivery {
    desk: Arc<dyn Desk>,
    news: Arc<dyn NewsBoard>,
}

impl ReportDelivery {
    pub fn new(desk: Arc<dyn Desk>, news: Arc<dyn NewsBoard>) -> Self {
        Self { desk, news }
    }

    /// May be told the same twice; a story that is gone needs no report.
    #[tracing::instrument(skip_all, fields(
        story.id = %report.story.0,
        delivery.id = %report.delivery.0,
    ))]
    pub async fn run(&self, report: &MailReport) -> Result<(), Unavailable> {
        let changed = self.desk.report(report).await?;
        if changed && report.sent {
            tracing::info!("story delivered");
            // Lost news are told from the row.
            let _lost = self.news.post(report.story, &[News::Delivered]).await;
        } else if changed {
            tracing::warn!("story not delivered");
        }
        Ok(())
    }
}
