//! Briefs for the bench of facts: a transcript, and the limits in UTF-16 units; the task comes in on standard input. Prints a
//! line of JSON for each limit.
use std::io::Read;
use std::time::Instant;

use cloud_agents::handoff::{Handoff, Limit, Unit, brief, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("Name a transcript.")?;
    let mut prompt = String::new();
    std::io::stdin().read_to_string(&mut prompt)?;
    let bytes = std::fs::read(path)?;
    let start = Instant::now();
    let conversation = match read(&bytes, None) {
        Ok(conversation) => conversation,
        Err(error) => {
            println!("{}", serde_json::json!({ "error": error.to_string() }));
            return Ok(());
        }
    };
    let read = start.elapsed().as_secs_f64() * 1000.0;
    for size in arguments {
        let limit = Limit { size: size.parse()?, unit: Unit::Utf16 };
        let workspace = &conversation.workspace;
        let handoff =
            Handoff { prompt: &prompt, conversation: Some(&conversation), workspace, pushed: None, drop: &[] };
        let start = Instant::now();
        let rendered = brief(&handoff, limit);
        let took = start.elapsed().as_secs_f64() * 1000.0;
        let line = match rendered {
            Ok(brief) => serde_json::json!({
                "size": limit.size, "format": conversation.format, "text": brief.text, "readMs": read, "briefMs": took,
                "kept": brief.kept.len(), "shortened": brief.shortened.len(),
                "omitted": brief.omitted.len(), "masked": brief.masked.len(),
            }),
            Err(error) => serde_json::json!({ "size": limit.size, "error": error.to_string() }),
        };
        println!("{line}");
    }
    Ok(())
}
