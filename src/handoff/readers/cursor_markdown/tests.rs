use proptest::prelude::*;

use super::super::log_tests::{self, read};
use crate::handoff::Part;

const CHAT: &str = "# Fix x
_Exported on 31.1.2026 at 10:00:00 GMT+1 from Cursor (1.7.2)_

---

**User**

Fix x

---

**User** is bold, the rule is mine.

---

**Cursor**

Done.

---

**User**

Thanks
";

#[test]
fn only_a_name_below_a_rule_begins_a_message() {
    let conversation = read(CHAT);
    assert_eq!((conversation.format.as_str(), conversation.turns.len()), ("cursor-markdown", 2));
    assert_eq!(conversation.turns[0].request.text, "Fix x\n\n---\n\n**User** is bold, the rule is mine.");
    assert_eq!(conversation.turns[0].parts, [Part::Text("Done.".to_owned())]);
    assert_eq!((conversation.title.as_deref(), conversation.tool.as_deref()), (Some("Fix x"), Some("Cursor 1.7.2")));
}

proptest! {
    #[test]
    fn damage_is_survived(at in any::<usize>(), length in 0_usize..100, with in "[_*\na#-]{0,6}") {
        log_tests::survives_damage("cursor-markdown", CHAT, at, length, &with);
    }
}
