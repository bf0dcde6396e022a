//! Looking at one of the cloud's sessions, again and again.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use cloud_agents::error::Result;
use cloud_agents::provider::{Look, News, Watch};
use cloud_agents::session::{Question, Turn};

use super::cloud::{Cloud, Op};

/// Remembers what it saw and tells what is new.
pub struct CloudWatch {
    cloud: Rc<Cloud>,
    remote: String,
    turns: Vec<Turn>,
    questions: Vec<Question>,
}

impl CloudWatch {
    pub fn new(cloud: Rc<Cloud>, remote: &str) -> Self {
        Self { cloud, remote: remote.to_owned(), turns: Vec::new(), questions: Vec::new() }
    }

    fn news(&self, turns: &[Turn], questions: &[Question]) -> Vec<News> {
        let mut news = Vec::new();
        for turn in turns {
            let known = self.turns.iter().find(|known| known.id == turn.id);
            if known.is_none_or(|known| known.state != turn.state || known.request != turn.request) {
                news.push(News::Turn(turn.id.clone()));
            }
            let Some(known) = known else { continue };
            for part in turn.parts.iter().filter(|part| !known.parts.contains(part)) {
                news.push(News::Part { turn: turn.id.clone(), part: part.id().to_owned() });
            }
        }
        let fresh = questions.iter().filter(|question| !self.questions.contains(question));
        news.extend(fresh.map(|question| News::Question(question.id.clone())));
        news
    }
}

#[async_trait(?Send)]
impl Watch for CloudWatch {
    async fn look(&mut self) -> Result<Look> {
        let cloud = self.cloud.clone();
        let remote = self.remote.clone();
        let (facts, turns, questions) = cloud
            .serve(Op::Look, || {
                let record = cloud.record(&remote)?;
                Ok((record.facts.clone(), record.turns.clone(), record.questions.clone()))
            })
            .await?;
        let news = self.news(&turns, &questions);
        (self.turns, self.questions) = (turns, questions);
        Ok(Look { facts, news })
    }

    fn turns(&self) -> &[Turn] {
        &self.turns
    }

    fn questions(&self) -> &[Question] {
        &self.questions
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(2)
    }
}
