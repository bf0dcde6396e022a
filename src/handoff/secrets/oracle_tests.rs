//! Others' rules as judges: strings generated from the patterns of gitleaks (MIT), where its file is present, must be masked; and
//! real transcripts, where they are present, must not be. Nothing of gitleaks is in the crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::find;

/// The folder of real transcripts that the environment names; the rules of gitleaks lie beside it.
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: the environment names no SAMPLES");
    }
    folder
}

/// The kinds that leak most, by the yearly reports of those who scan public code.
const COMMONEST: &[&str] = &[
    "1password-service-account-token",
    "age-secret-key",
    "airtable-personnal-access-token",
    "alibaba-access-key-id",
    "anthropic-api-key",
    "aws-access-token",
    "azure-ad-client-secret",
    "cloudflare-global-api-key",
    "databricks-api-token",
    "datadog-access-token",
    "digitalocean-pat",
    "discord-api-token",
    "doppler-api-token",
    "dropbox-api-token",
    "dynatrace-api-token",
    "facebook-secret",
    "flyio-access-token",
    "gcp-api-key",
    "github-app-token",
    "github-fine-grained-pat",
    "github-oauth",
    "github-pat",
    "github-refresh-token",
    "gitlab-pat",
    "gitlab-pat-routable",
    "gitlab-deploy-token",
    "gitlab-runner-authentication-token",
    "grafana-service-account-token",
    "hashicorp-tf-api-token",
    "heroku-api-key",
    "heroku-api-key-v2",
    "hubspot-api-key",
    "huggingface-access-token",
    "linear-api-key",
    "mailgun-private-api-token",
    "new-relic-user-api-key",
    "notion-api-token",
    "npm-access-token",
    "openai-api-key",
    "perplexity-api-key",
    "postman-api-token",
    "private-key",
    "pypi-upload-token",
    "rubygems-api-token",
    "sendgrid-api-token",
    "sendinblue-api-token",
    "sentry-user-token",
    "shopify-access-token",
    "shopify-shared-secret",
    "slack-app-token",
    "slack-bot-token",
    "slack-user-token",
    "snyk-api-token",
    "square-access-token",
    "stripe-access-token",
    "telegram-bot-api-token",
    "twilio-api-key",
    "vault-service-token",
];

struct Pattern {
    id: String,
    regex: String,
    entropy: f64,
}

fn patterns(text: &str) -> Vec<Pattern> {
    let field = |rule: &str, name: &str| {
        rule.lines().find_map(|line| {
            line.strip_prefix(name)?.trim_start().strip_prefix('=').map(|value| value.trim().to_owned())
        })
    };
    let rules = text.split("[[rules]]").skip(1);
    rules
        .filter_map(|rule| {
            Some(Pattern {
                id: field(rule, "id")?.trim_matches('"').to_owned(),
                regex: field(rule, "regex")?.trim_matches('\'').to_owned(),
                entropy: field(rule, "entropy").and_then(|value| value.parse().ok()).unwrap_or(0.0),
            })
        })
        .collect()
}

/// What proptest can generate from: without anchors, ASCII where RE2 means ASCII, and names and signs as people write them.
fn generable(regex: &str) -> String {
    let mut regex = regex.to_owned();
    regex = regex.replace("(?i)", "").replace("(?i:", "(?:").replace(r"hooks.slack.com", r"hooks\.slack\.com");
    regex = regex.replace("contribsys.com", r"contribsys\.com");
    for (name, plain) in [
        (r"[\w.-]{0,50}?", ""),
        (r"(?:[ \t\w.-]{0,20})", "(?:_api_key|_key|_token|_secret|ApiKey)"),
        (r"[ \t\w.-]{0,20}", ""),
    ] {
        regex = regex.replace(name, plain);
    }
    // The sign and what stands around it, as people write them.
    regex = regex.replace("xoxe.xox", r"xoxe\.xox").replace(r#"[\s'"]{0,3}"#, "");
    let (sign, plain) = (r#"(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}"#, r#"(?: = "|="|: '|: |=|":"|" => ")"#);
    regex = regex.replace(sign, plain);
    for (from, to) in [
        (r"|$|\b", ""),
        (r"\b", ""),
        (r"\z", ""),
        ("|$)", ")"),
        ("(?:$|", "(?:"),
        (r"(?:^|", "(?:"),
        ("(?s:.)", r"[ -~\n]"),
        (r"[\s\S-]", r"[ -~\n]"),
        (r"|[^\w-]", ""),
        (r"[^\w-]|", ""),
        (r"\S", "[!-~]"),
        (r"[\w", "[0-9A-Za-z_"),
        (r"\w", "[0-9A-Za-z_]"),
        (r"\d", "[0-9]"),
        (r"\s", r" \t\n"),
    ] {
        regex = regex.replace(from, to);
    }
    let mut closed = String::new();
    for (index, part) in regex.replace(r"(?: \t\n", r"(?:[ \t\n]").replace(".*", "[ -~]{0,9}").split("[^").enumerate() {
        if index > 0 {
            let (set, rest) = part.split_once(']').unwrap_or((part, ""));
            closed.push_str("[ -~&&[^");
            closed.push_str(set);
            closed.push_str("]]");
            closed.push_str(rest);
        } else {
            closed.push_str(part);
        }
    }
    closed
}

fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::new();
    for byte in text.bytes() {
        *counts.entry(byte).or_insert(0.0) += 1.0;
    }
    counts.values().map(|count: &f64| -count / text.len() as f64 * (count / text.len() as f64).log2()).sum()
}

/// The part that is the secret: what stands after the sign of an assignment, or the longest run without spaces and quotes.
fn secret(text: &str) -> &str {
    let signs = [" = \"", "=\"", ": '", ": ", "=", "\":\"", "\" => \""];
    let name_end = text.find(|char: char| !char.is_ascii_alphanumeric() && !"_-,".contains(char)).unwrap_or(0);
    let rest = &text[name_end..];
    let sign = signs.iter().find(|sign| rest.starts_with(**sign)).map_or(0, |sign| name_end + sign.len());
    let is_end = |char: char| char.is_whitespace() || "\"'`;<>\\".contains(char);
    let run = text[sign..].split(is_end).max_by_key(|run| run.len()).unwrap_or_default();
    run.trim_matches(['=', '-', '.'])
}

fn is_masked(text: &str) -> bool {
    let secret = secret(text);
    let start = secret.as_ptr() as usize - text.as_ptr() as usize;
    let covered: usize =
        find(text).iter().map(|found| found.end.min(start + secret.len()).saturating_sub(found.start.max(start))).sum();
    covered * 10 >= secret.len() * 9
}

#[test]
fn what_gitleaks_describes_is_masked() {
    let Some(samples) = samples() else { return };
    let text = fs::read_to_string(samples.with_file_name("gitleaks.toml")).expect("the rules");
    let mut runner = TestRunner::deterministic();
    let mut report = Vec::new();
    for pattern in patterns(&text) {
        let regex = generable(&pattern.regex);
        let strategy = match proptest::string::string_regex(&regex) {
            Ok(strategy) => strategy,
            Err(error) => {
                println!("{}: cannot be generated: {error}", pattern.id);
                continue;
            }
        };
        let (mut made, mut missed, mut example) = (0, 0, String::new());
        for _ in 0..400 {
            let Ok(tree) = strategy.new_tree(&mut runner) else { continue };
            // What folds to ASCII when case does not matter.
            let value = tree.current().replace('\u{17f}', "s").replace('\u{212a}', "k");
            if !value.is_ascii() || entropy(secret(&value)) < pattern.entropy.max(2.5) {
                continue;
            }
            made += 1;
            if !is_masked(&value) {
                missed += 1;
                example = value;
            }
            if made == 60 {
                break;
            }
        }
        report.push((pattern.id, made, missed, example));
    }
    let (mut made, mut missed) = (0, 0);
    for (id, some, lost, example) in &report {
        (made, missed) = (made + some, missed + lost);
        if *lost > 0 {
            println!("{id}: {lost} of {some} missed, such as {example:?}");
        }
    }
    println!("{} rules, {made} examples, {missed} missed", report.len());
    for id in COMMONEST {
        let rule = report.iter().find(|(known, ..)| known == id).unwrap_or_else(|| panic!("no examples of {id}"));
        assert!(rule.1 >= 20 && rule.2 == 0, "{id}: {} of {} missed, such as {:?}", rule.2, rule.1, rule.3);
    }
    assert!(missed * 20 < made, "{missed} of {made}");
}

#[test]
fn real_transcripts_are_left_alone() {
    let Some(samples) = samples() else { return };
    let folders = fs::read_dir(samples).expect("the transcripts");
    let (mut tokens, mut hits) = (0, 0);
    for folder in folders.flatten().filter(|folder| folder.path().is_dir()) {
        for file in fs::read_dir(folder.path()).expect("a folder").flatten() {
            let text = String::from_utf8_lossy(&fs::read(file.path()).expect("a file")).into_owned();
            tokens += text.len() / 4;
            let mut seen = BTreeMap::new();
            for found in find(&text) {
                seen.entry((found.kind, &text[found.start..found.end])).or_insert(found.start);
                hits += 1;
            }
            for ((kind, secret), at) in seen {
                let before: String = text[..at].chars().rev().take(50).collect::<Vec<_>>().into_iter().rev().collect();
                println!(
                    "{:?} {kind}: {:?} after {:?}",
                    file.file_name(),
                    secret.chars().take(80).collect::<String>(),
                    before
                );
            }
        }
    }
    println!("{hits} hits in about {tokens} tokens");
    assert!(hits * 10_000 < tokens);
}
