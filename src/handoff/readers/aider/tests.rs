use proptest::prelude::*;

use super::super::log_tests::{self, calls, read};
use crate::handoff::effort_tests::assert_linear;
use crate::handoff::{Part, ToolKind, TurnState};

/// Aider's own lines end with two spaces.
const HISTORY: &str = "
# aider chat started at 2026-01-31 10:00:00

> Aider v0.86.2  
> Main model: gpt-5 with diff edit format  
> Git repo: .git with 7 files  

#### /add src/a.py  
> Added src/a.py to the chat  

#### Say hello  
#### and goodbye  

<thinking-content-abc>
Hm.
</thinking-content-abc>

I change the words.

#### A heading of the model

src/a.py
```python
<<<<<<< SEARCH
print('x')
=======
print('hello')
>>>>>>> REPLACE
```

> Tokens: 1k sent, 1k received.  
> Applied edit to src/a.py  
> Commit 2c924fe feat: say hello  

#### /run pytest -q  
> 1 failed  

#### And now?  
> litellm.AuthenticationError: no key  

# aider chat started at 2026-02-01 10:00:00

#### Again  
> ^C KeyboardInterrupt  
";

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("aider", "aider");
}

#[test]
fn requests_are_told_from_added_files_and_from_headings() {
    let conversation = read(HISTORY);
    let said: Vec<_> = conversation.turns.iter().map(|turn| turn.request.text.as_str()).collect();
    assert_eq!(said, ["Say hello\nand goodbye", "/run pytest -q", "And now?", "Again"]);
    assert_eq!(conversation.turns[0].request.attachments[0].name, "src/a.py");
    assert_eq!(conversation.turns[3].at.as_deref(), Some("2026-02-01T10:00:00"));
    assert_eq!((conversation.tool.as_deref(), conversation.model.as_deref()), (Some("Aider 0.86.2"), Some("gpt-5")));
}

#[test]
fn an_applied_edit_has_the_block_that_was_applied() {
    let conversation = read(HISTORY);
    let turn = &conversation.turns[0];
    let edit = &calls(turn)[0].edits[0];
    assert_eq!(edit.path, "src/a.py");
    assert!(edit.diff.contains("-print('x')\n+print('hello')\n"), "{}", edit.diff);
    assert_eq!(turn.parts[0], Part::Reasoning("Hm.".to_owned()));
    assert!(matches!(&turn.parts[1], Part::Text(text) if text.contains("#### A heading of the model")));
    assert_eq!(conversation.workspace.head_commit.as_deref(), Some("2c924fe"));
}

#[test]
fn commands_errors_and_interruptions_are_told() {
    let conversation = read(HISTORY);
    let call = calls(&conversation.turns[1])[0];
    assert_eq!(
        (call.kind, call.command.as_deref(), call.output.as_str()),
        (ToolKind::Execute, Some("pytest -q"), "1 failed\n")
    );
    assert!(matches!(&conversation.turns[2].parts[0], Part::Error(error) if error.contains("no key")));
    assert_eq!((conversation.turns[2].state, conversation.turns[3].state), (TurnState::Failed, TurnState::Cancelled));
}

#[test]
fn blocks_without_an_end_are_gone_through_once() {
    assert_linear(180_000, "# aider chat started at x\n#### Go  \n", "<<<<<<< SEARCH\n", "", &|text| {
        assert_eq!(read(text).turns.len(), 1);
    });
}

proptest! {
    #[test]
    fn damage_is_survived(at in any::<usize>(), length in 0_usize..200, with in "[#<>= `\na/]{0,6}") {
        log_tests::survives_damage("aider", HISTORY, at, length, &with);
    }
}
