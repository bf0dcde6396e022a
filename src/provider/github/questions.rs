//! What an agent may ask, and how its answer is written for the `steer` call.
//!
//! GitHub documents the types of an answer but not its `content` beyond "string". `ask_user_response` carries the Copilot
//! SDK's `UserInputResponse` with the request's id; the other three are built alike.

use serde_json::Value;

use crate::json::{Object, flag, strings, text};
use crate::session::{Answer, Question};

/// A question's id is the request's id, behind its kind where that is not a plain question: `permission/ID`.
const PERMISSION: &str = "permission";
const PLAN: &str = "plan";
const ELICITATION: &str = "elicitation";
const INPUT: &str = "input";

const ALLOW: &str = "Allow";
const DENY: &str = "Deny";
const APPROVE: &str = "Approve";
const REJECT: &str = "Reject";
const YES: &str = "Yes";
const NO: &str = "No";
const DECLINE: &str = "Decline";

/// The question in a request event of that type; `None` when there is none.
pub(super) fn asked(kind: &str, data: &Value) -> Option<Question> {
    let said = |key: &str| text(data, key).map(str::trim).filter(|text| !text.is_empty());
    let request = said("requestId")?;
    Some(match kind {
        "user_input.requested" => Question {
            id: if request.contains('/') { format!("{INPUT}/{request}") } else { request.to_owned() },
            text: said("question").unwrap_or("The agent wants to know how to go on.").to_owned(),
            choices: strings(data, "choices"),
            freeform: flag(data, "allowFreeform").unwrap_or(true),
        },
        "permission.requested" => {
            let wanted = data.get("permissionRequest");
            let part = |key: &str| text(wanted?, key).map(str::trim).filter(|text| !text.is_empty());
            let mut sentence =
                part("intention").or_else(|| part("kind")).unwrap_or("The agent wants to do this").to_owned();
            if let Some(subject) = ["fullCommandText", "path", "fileName", "url", "toolName"].into_iter().find_map(part)
            {
                sentence = format!("{sentence}\n\n{}", fenced(subject));
            }
            Question {
                id: format!("{PERMISSION}/{request}"),
                text: sentence,
                choices: vec![ALLOW.to_owned(), DENY.to_owned()],
                freeform: false,
            }
        }
        "exit_plan_mode.requested" => {
            let texts: Vec<&str> = [said("summary"), said("planContent")].into_iter().flatten().collect();
            let mut choices = strings(data, "actions");
            if choices.is_empty() {
                choices.push(APPROVE.to_owned());
            }
            choices.push(REJECT.to_owned());
            Question { id: format!("{PLAN}/{request}"), text: texts.join("\n\n"), choices, freeform: true }
        }
        "elicitation.requested" => {
            let field = only_field(data.get("requestedSchema"));
            let (name, schema) = field.unzip();
            let mut choices = schema.map(|schema| strings(schema, "enum")).unwrap_or_default();
            let boolean = schema.and_then(|schema| text(schema, "type")) == Some("boolean");
            if boolean {
                choices.extend([YES.to_owned(), NO.to_owned()]);
            }
            let freeform = choices.is_empty() && name.is_some();
            choices.push(DECLINE.to_owned());
            Question {
                // The length tells where the field's name ends, whatever is in it.
                id: format!(
                    "{ELICITATION}/{}/{}{request}",
                    name.map_or(0, String::len),
                    name.map_or("", String::as_str)
                ),
                text: said("message").unwrap_or("The agent needs something from you.").to_owned(),
                choices,
                freeform,
            }
        }
        _ => return None,
    })
}

/// Whether this is the question of that request.
pub(super) fn is_of_request(question: &Question, request: &str) -> bool {
    Asked::of(&question.id).request() == request
}

/// The `type` and `content` of the `steer` call that answers; `None` when the answer is empty.
pub(super) fn steer(answer: &Answer) -> Option<(&'static str, String)> {
    let (words, freeform) = answer.words()?;
    let asked = Asked::of(&answer.question);
    let content = Object::begin().text("requestId", asked.request());
    let (kind, content) = match asked {
        Asked::Input(_) => ("ask_user_response", content.text("answer", words).flag("wasFreeform", freeform)),
        Asked::Permission(_) => ("permission_response", content.flag("approved", words == ALLOW)),
        Asked::Plan(_) => {
            let approved = !freeform && words != REJECT;
            let content = content.flag("approved", approved);
            let content = match words {
                _ if freeform => content.text("feedback", words),
                APPROVE | REJECT => content,
                _ => content.text("selectedAction", words),
            };
            ("plan_approval_response", content)
        }
        Asked::Elicitation(..) if !freeform && words == DECLINE => {
            ("elicitation_response", content.text("action", "decline"))
        }
        Asked::Elicitation(field, _) => {
            let filled = match words {
                YES | NO if !freeform => Object::begin().flag(field, words == YES),
                _ => Object::begin().text(field, words),
            };
            ("elicitation_response", content.text("action", "accept").json("content", &filled.end()))
        }
    };
    Some((kind, content.end()))
}

/// What a question's id says.
enum Asked<'a> {
    Input(&'a str),
    Permission(&'a str),
    Plan(&'a str),
    Elicitation(&'a str, &'a str),
}

impl<'a> Asked<'a> {
    fn of(id: &'a str) -> Self {
        match id.split_once('/') {
            Some((INPUT, request)) => Self::Input(request),
            Some((PERMISSION, request)) => Self::Permission(request),
            Some((PLAN, request)) => Self::Plan(request),
            Some((ELICITATION, rest)) => rest
                .split_once('/')
                .and_then(|(length, rest)| rest.split_at_checked(length.parse().ok()?))
                .map_or(Self::Input(id), |(field, request)| Self::Elicitation(field, request)),
            _ => Self::Input(id),
        }
    }

    fn request(&self) -> &'a str {
        match self {
            Self::Input(request) | Self::Permission(request) | Self::Plan(request) | Self::Elicitation(_, request) => {
                request
            }
        }
    }
}

/// The one field of a JSON Schema object; forms with several are declined or answered elsewhere.
fn only_field(schema: Option<&Value>) -> Option<(&String, &Value)> {
    let fields = schema?.get("properties")?.as_object()?;
    fields.iter().next().filter(|_| fields.len() == 1)
}

/// A code block that its content cannot end.
fn fenced(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests;
