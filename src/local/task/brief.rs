//! Reading prompts: what a person wrote in them, and the names made from it.

/// The longest name of a task, as GitHub limits it.
pub(crate) const NAME_LIMIT: usize = 100;

/// A text without HTML comments, which people do not see and hosts use for marks of their own.
pub(crate) fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// A prompt as the agent reads it: without the mark by which a host finds a start again whose reply was lost.
pub(crate) fn without_marker(prompt: &str) -> String {
    let is_marker = |line: &&str| line.starts_with("<!-- cloud-agents:") && line.ends_with("-->");
    match prompt.trim_end().rsplit_once('\n') {
        Some((before, last)) if is_marker(&last.trim()) => before.trim_end().to_owned(),
        _ => prompt.to_owned(),
    }
}

/// The first line that holds something, trimmed, without what could not stand on one line.
pub(crate) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).collect()
}

/// A task's name: the first line of its prompt, shortened at a word where possible.
pub(crate) fn name(prompt: &str) -> String {
    let line = first_line(&without_comments(prompt));
    if line.is_empty() {
        return "Untitled".to_owned();
    }
    if line.chars().count() <= NAME_LIMIT {
        return line;
    }
    let cut: String = line.chars().take(NAME_LIMIT - 1).collect();
    let end = cut.rfind(' ').filter(|end| *end > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end())
}

/// The branch for a task: readable, and its own by the id.
pub(crate) fn branch(name: &str, id: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    let short: String = id.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    if slug.is_empty() { format!("cloud-agent/{short}") } else { format!("cloud-agent/{slug}-{short}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_left_out_of_names() {
        assert_eq!(name("<!-- mark -->\n\n  Fix the login \nmore"), "Fix the login");
        assert_eq!(name("Fix <!-- a -->it<!-- open"), "Fix it");
        assert_eq!(name("<!-- only -->"), "Untitled");
    }

    #[test]
    fn long_names_end_at_a_word() {
        let long = name(&"word ".repeat(60));
        assert!(long.chars().count() <= NAME_LIMIT && long.ends_with("word…"), "{long}");
        assert_eq!(name(&"ä".repeat(300)).chars().count(), NAME_LIMIT);
    }

    #[test]
    fn branches_are_ones_that_git_takes() {
        for text in ["Fix: the   Login!", "---", "ünï", "a..b/.lock", &"x".repeat(500)] {
            let branch = branch(text, "0123456789ab-cd");
            assert!(crate::local::git::is_branch_name(&branch), "{branch}");
            assert!(branch.ends_with("01234567"), "{branch}");
        }
        assert_eq!(branch("Fix: the   Login!", "01234567"), "cloud-agent/fix-the-login-01234567");
    }
}
