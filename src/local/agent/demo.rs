//! The built-in demo agent: no model, a few plain rules, and a use for everything that a page can show.
//!
//! It is a process like any other agent (`cloud-agents demo-agent`) and talks in JSON lines: the first line on its stdin is
//! the [`Brief`], later ones are [`Reply`]s; each line on its stdout is a [`Line`].

use std::fs::OpenOptions;
use std::io::{self, BufRead, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Activity, Agent, Answer, Listener, Opening, Question};
use crate::local::task::brief;

/// The file that the demo agent edits.
const FILE: &str = "DEMO.md";
/// How long it takes when the prompt contains the word `slow`.
const SLOW_SECONDS: u32 = 60;

/// The demo agent as the server sees it.
#[derive(Debug)]
pub(super) struct Demo;

#[derive(Debug, Serialize, Deserialize)]
struct Brief {
    prompt: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Reply {
    question: String,
    answer: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Text { id: String, text: String },
    Reasoning { id: String, text: String },
    ToolStart { id: String, name: String, arguments: Value },
    ToolEnd { id: String, success: bool, output: String },
    Ask { id: String, question: String, choices: Vec<String> },
}

impl Agent for Demo {
    fn program(&self) -> io::Result<Vec<String>> {
        Ok(vec![super::own_binary()?.to_string_lossy().into_owned(), "demo-agent".to_owned()])
    }

    fn opening(&self, brief: &str) -> Opening {
        Opening { input: format!("{}\n", json!(Brief { prompt: brief.to_owned() })), keep_open: true }
    }

    fn listener(&self) -> Box<dyn Listener> {
        Box::new(DemoLines)
    }
}

struct DemoLines;

impl Listener for DemoLines {
    fn line(&mut self, line: &str) -> Vec<Activity> {
        let activity = match serde_json::from_str(line) {
            Ok(Line::Text { id, text }) => Activity::Said { message: id, text },
            Ok(Line::Reasoning { id, text }) => Activity::Thought { message: id, text },
            Ok(Line::ToolStart { id, name, arguments }) => Activity::ToolStarted { id, name, arguments },
            Ok(Line::ToolEnd { id, success, output }) => Activity::ToolCompleted { id, success, output },
            Ok(Line::Ask { id, question, choices }) => {
                Activity::Asked(Question { id, text: question, choices, freeform: true })
            }
            Err(_) => Activity::Wrote(format!("{line}\n")),
        };
        vec![activity]
    }

    fn answer(&self, answer: &Answer) -> String {
        format!("{}\n", json!(Reply { question: answer.request.clone(), answer: answer.text.clone() }))
    }
}

/// Runs the demo agent in this process: brief and answers on stdin, lines on stdout, the work tree as its directory.
pub(crate) fn run() -> ExitCode {
    match work(&mut io::stdin().lock(), &mut io::stdout().lock(), Path::new("."), Duration::from_secs(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work(input: &mut impl BufRead, output: &mut impl Write, tree: &Path, second: Duration) -> io::Result<()> {
    let mut say = |line: Line| {
        serde_json::to_writer(&mut *output, &line)?;
        output.write_all(b"\n")?;
        output.flush()
    };
    let prompt = brief::without_comments(&read_line::<Brief>(input)?.prompt);
    let wish = brief::first_line(&prompt);
    say(Line::Reasoning {
        id: "thought".to_owned(),
        text: format!(
            "I am no model: I follow a few fixed rules. This prompt is {} characters long.",
            prompt.chars().count()
        ),
    })?;
    let mut text = format!("I am the demo agent of the local cloud, and no model. I will add a line to `{FILE}`.");
    say(Line::Text { id: "plan".to_owned(), text: text.clone() })?;
    let mut answer = None;
    if has_word(&prompt, "ask") {
        let id = "question".to_owned();
        let choices = ["At the end", "At the beginning"].map(str::to_owned).to_vec();
        let question = format!("Where in {FILE} should the line go?");
        say(Line::Ask { id: id.clone(), question, choices })?;
        let reply = read_line::<Reply>(input)?;
        text = format!("{text}\n\nYou answered: {}", reply.answer);
        say(Line::Text { id: "plan".to_owned(), text: text.clone() })?;
        answer = Some(reply.answer);
    }
    if has_word(&prompt, "slow") {
        for passed in 1..=SLOW_SECONDS {
            std::thread::sleep(second);
            say(Line::Text {
                id: "progress".to_owned(),
                text: format!("{passed} of {SLOW_SECONDS} seconds have passed."),
            })?;
        }
    }
    let tool = || "edit-1".to_owned();
    say(Line::ToolStart { id: tool(), name: "edit".to_owned(), arguments: json!({ "path": FILE, "line": wish }) })?;
    if has_word(&prompt, "fail") {
        let why = "The prompt contains the word `fail`, so the demo agent fails.";
        say(Line::ToolEnd { id: tool(), success: false, output: why.to_owned() })?;
        return Err(io::Error::other(why));
    }
    let place = if answer.as_deref() == Some("At the beginning") { Place::Beginning } else { Place::End };
    let mut line = wish;
    if let Some(answer) = answer.filter(|answer| !matches!(answer.as_str(), "At the end" | "At the beginning")) {
        line = format!("{line} ({})", brief::first_line(&answer));
    }
    add_line(&tree.join(FILE), &line, place)?;
    say(Line::ToolEnd { id: tool(), success: true, output: format!("Added a line to {FILE}.") })?;
    for done in ["Done.", "Done. The line is there:", &format!("Done. The line is there:\n\n> {line}")] {
        say(Line::Text { id: "result".to_owned(), text: done.to_owned() })?;
    }
    Ok(())
}

fn read_line<T: for<'a> Deserialize<'a>>(input: &mut impl BufRead) -> io::Result<T> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "The local cloud closed the conversation."));
    }
    Ok(serde_json::from_str(&line)?)
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|other| other.eq_ignore_ascii_case(word))
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Beginning,
    End,
}

/// A repository may hold a link in place of the file; it is not followed.
fn add_line(path: &Path, line: &str, place: Place) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    let mut file = options.open(path)?;
    let old = io::read_to_string(&mut file)?;
    let separator = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let new = match place {
        Place::Beginning => format!("- {line}\n{old}"),
        Place::End => format!("{old}{separator}- {line}\n"),
    };
    io::Seek::rewind(&mut file)?;
    file.write_all(new.as_bytes())
}
