//! What an agent may ask, and how its answer is written for the `steer` call.
//!
//! GitHub documents the types of an answer but not its `content` beyond "string". `ask_user_response` carries the Copilot
//! SDK's `UserInputResponse` with the request's id; the other three are built alike.

use serde_json::Value;

use crate::find::holds;
use crate::json::{self, Writer, flag, strings};
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
    let request = said(data, "requestId")?;
    let of_kind = |kind: &str| format!("{kind}/{request}");
    let (mut id, mut text) = (request.to_owned(), String::new());
    let mut choices = Vec::new();
    let mut freeform = false;
    let mut ready: &[&str] = &[];
    match kind {
        "user_input.requested" => {
            if request.as_bytes().contains(&b'/') {
                id = of_kind(INPUT);
            }
            text = said(data, "question").unwrap_or("The agent wants to know how to go on.").to_owned();
            choices = strings(data, "choices");
            freeform = flag(data, "allowFreeform").unwrap_or(true);
        }
        "permission.requested" => {
            id = of_kind(PERMISSION);
            text = permission(data.get("permissionRequest").unwrap_or(&Value::Null));
            ready = &[ALLOW, DENY];
        }
        "exit_plan_mode.requested" => {
            id = of_kind(PLAN);
            for name in ["summary", "planContent"] {
                if let Some(said) = said(data, name) {
                    text.push_str(if text.is_empty() { "" } else { "\n\n" });
                    text.push_str(said);
                }
            }
            choices = strings(data, "actions");
            ready = if choices.is_empty() { &[APPROVE, REJECT] } else { &[REJECT] };
            freeform = true;
        }
        "elicitation.requested" => {
            let field = only_field(data.get("requestedSchema"));
            let (name, schema) = field.unwrap_or(("", &Value::Null));
            // The length tells where the field's name ends, whatever is in it.
            id = format!("{ELICITATION}/{}/{name}{request}", name.len());
            text = said(data, "message").unwrap_or("The agent needs something from you.").to_owned();
            choices = strings(schema, "enum");
            let is_boolean = json::text(schema, "type") == Some("boolean");
            ready = if is_boolean { &[YES, NO, DECLINE] } else { &[DECLINE] };
            freeform = choices.is_empty() && !is_boolean && field.is_some();
        }
        _ => return None,
    }
    for choice in ready {
        choices.push((*choice).to_owned());
    }
    Some(Question { id, text, choices, freeform })
}

fn said<'a>(data: &'a Value, name: &str) -> Option<&'a str> {
    json::text(data, name).map(str::trim).filter(|text| !text.is_empty())
}

/// What the agent wants to do.
fn permission(wanted: &Value) -> String {
    let intention = said(wanted, "intention").or_else(|| said(wanted, "kind"));
    let intention = intention.unwrap_or("The agent wants to do this");
    for name in ["fullCommandText", "path", "fileName", "url", "toolName"] {
        if let Some(subject) = said(wanted, name) {
            return format!("{intention}\n\n{}", fenced(subject));
        }
    }
    intention.to_owned()
}

/// Whether this is the question of that request.
pub(super) fn is_of_request(question: &Question, request: &str) -> bool {
    Asked::of(&question.id).request() == request
}

/// The `type` and `content` of the `steer` call that answers; `None` when the answer is empty.
pub(super) fn steer(answer: &Answer) -> Option<(&'static str, String)> {
    let (words, freeform) = answer.words()?;
    let asked = Asked::of(&answer.question);
    let declined = !freeform && words == DECLINE;
    let content = json::object(&|out: &mut Writer| {
        out.text("requestId", asked.request());
        match asked {
            Asked::Input(_) => {
                out.text("answer", words);
                out.flag("wasFreeform", freeform);
            }
            Asked::Permission(_) => out.flag("approved", words == ALLOW),
            Asked::Plan(_) => {
                out.flag("approved", !freeform && words != REJECT);
                if freeform {
                    out.text("feedback", words);
                } else if !matches!(words, APPROVE | REJECT) {
                    out.text("selectedAction", words);
                }
            }
            Asked::Elicitation(..) if declined => out.text("action", "decline"),
            Asked::Elicitation(field, _) => {
                out.text("action", "accept");
                out.object("content", &|out: &mut Writer| match words {
                    YES | NO if !freeform => out.flag(field, words == YES),
                    _ => out.text(field, words),
                });
            }
        }
    });
    let kind = match asked {
        Asked::Input(_) => "ask_user_response",
        Asked::Permission(_) => "permission_response",
        Asked::Plan(_) => "plan_approval_response",
        Asked::Elicitation(..) => "elicitation_response",
    };
    Some((kind, content))
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
        let (kind, request) = id.split_once('/').unwrap_or_default();
        match kind {
            INPUT => Self::Input(request),
            PERMISSION => Self::Permission(request),
            PLAN => Self::Plan(request),
            ELICITATION => Self::of_form(request).unwrap_or(Self::Input(id)),
            _ => Self::Input(id),
        }
    }

    fn of_form(rest: &'a str) -> Option<Self> {
        let (length, rest) = rest.split_once('/')?;
        let length = crate::json::read_digits(length)?;
        let (field, request) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        Some(Self::Elicitation(field, request))
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
fn only_field(schema: Option<&Value>) -> Option<(&str, &Value)> {
    let fields = schema?.get("properties")?.as_object()?;
    let (name, field) = fields.iter().next()?;
    (fields.len() == 1).then_some((name, field))
}

/// A code block that its content cannot end.
fn fenced(text: &str) -> String {
    let mut fence = "```".to_owned();
    while holds(text, &fence) {
        fence.push('`');
    }
    format!("{fence}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests;
