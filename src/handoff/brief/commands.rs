//! What a command line is for, and which of its output tells what went wrong.

use super::quote::head;
use crate::find::{any, around, bare, holds, is_among, without_last};

/// Programs that build, test or check whatever their arguments are.
const CHECKERS: &str = " pytest tox nox ruff mypy flake8 pylint black isort pyright golangci-lint gofmt staticcheck make just ctest rspec \
    rubocop phpunit phpstan tsc tsgo vue-tsc eslint jest vitest mocha ava biome prettier oxlint stylelint shellcheck hadolint \
    pre-commit xcodebuild ninja javac gcc g++ clang rustc playwright cypress karma webpack rollup esbuild vite \
    tsup msbuild ktlint detekt swiftlint clang-tidy clang-format checkstyle credo rustfmt jasmine tap c8 nyc ";
/// Programs that do so when one of their first arguments says so.
const RUNNERS: &str = " cargo npm yarn pnpm bun bunx npx go gradle gradlew mvn mvnw dotnet cmake bazel swift rake mix composer deno node \
    python python3 py uv uvx poetry pipenv hatch rye mise task turbo nx lerna rush sbt lein stack cabal zig meson docker \
    docker-compose terraform helm flutter dart php ruby bundle perl elixir rebar3 java cross wasm-pack trunk pdm \
    conda coverage hugo ng vue next nuxt expo sam cdk forge hardhat truffle anchor foundry tilt buildozer ";
/// What such an argument holds.
const CHECKS: &str = "test|build|lint|check|type|format|fmt|vet|clippy|compile|verify|assemble|jest|tsc|mocha|mypy|ruff|\
    pyright|black|flake8|biome|prettier|playwright|cypress|validate|spec|doc|tox|pack|bundle|e2e";

/// Whether it builds, tests or lints.
pub(super) fn is_check(command: &str) -> bool {
    segments(command).into_iter().any(is_checking)
}

fn is_checking(segment: &str) -> bool {
    let words = words(segment);
    let Some((program, arguments)) = words.split_first() else { return false };
    let program = program.get(program.rfind('/').map_or(0, |at| at + 1)..).unwrap_or_default();
    if is_among(CHECKERS, program) || is_script(program) && holds_any(CHECKS, program) {
        return true;
    }
    let named = arguments.iter().filter(|word| !word.starts_with('-') || **word == "--test");
    is_among(RUNNERS, program) && named.take(3).any(|word| holds_any(CHECKS, word))
}

fn is_script(program: &str) -> bool {
    any(".sh|.py|.mjs|.js|.ts", &|end| program.ends_with(end))
}

/// Programs that only look, or cut what another prints.
const LOOKERS: &str = " ls cat head tail grep rg egrep find fd sed awk wc echo printf pwd which whoami date tree stat file less more \
    sort uniq cut tr cd pushd test true sleep env printenv type tee jq ";

/// What git does that only looks.
const GIT_LOOKS: &str = " status diff log show branch rev-parse remote ls-files ";

/// Whether it does nothing but look around.
pub(super) fn is_look(command: &str) -> bool {
    segments(command).into_iter().all(is_looking)
}

fn is_looking(segment: &str) -> bool {
    let mut words = segment.split_whitespace();
    match words.next().unwrap_or_default() {
        "git" => is_among(GIT_LOOKS, words.next().unwrap_or_default()),
        program => is_among(LOOKERS, program) || program.starts_with('#') || program.contains('='),
    }
}

/// What only sets the stage for the next command, or sends its output elsewhere.
const SETTINGS: &str = " export source . set ";
const REDIRECTIONS: &str = " 2>&1 2>/dev/null >/dev/null 1>&2 ";

/// The same for every way to run the same check: without the change of folder before it, variables, and what only cuts its
/// output.
pub(super) fn key(command: &str) -> String {
    let mut key = String::new();
    for segment in segments(head(command, 2000)) {
        let mut rest = segment;
        let mut is_first = true;
        while !rest.is_empty() {
            let (part, behind) = around(rest, " | ").unwrap_or((rest, ""));
            rest = behind;
            let program = part.split_whitespace().next().unwrap_or_default();
            if is_first && (is_looking(trimmed(part)) || is_among(SETTINGS, program)) {
                break;
            }
            if is_first || !is_among(LOOKERS, program) {
                for word in words(part) {
                    if !is_among(REDIRECTIONS, word) {
                        key.push_str(if key.is_empty() { "" } else { " " });
                        key.push_str(word);
                    }
                }
            }
            is_first = false;
        }
    }
    if key.is_empty() { folded(command) } else { key }
}

/// A command with its white space folded.
pub(super) fn folded(command: &str) -> String {
    super::quote::line(command, 2000)
}

/// The commands of a line, pipes left whole. Only the beginning of a long script is looked at.
fn segments(command: &str) -> Vec<&str> {
    let command = head(command, 4000);
    let bytes = command.as_bytes();
    let mut found = Vec::new();
    let mut from = 0;
    for at in 0..=bytes.len() {
        let sign = match bytes.get(at) {
            None | Some(b'\n' | b';') => 1,
            Some(b'&') if at >= from && bytes.get(at + 1) == Some(&b'&') => 2,
            _ => continue,
        };
        let segment = trimmed(command.get(from..at).unwrap_or_default());
        if !segment.is_empty() {
            found.push(segment);
        }
        from = at + sign;
    }
    found
}

/// Without what a shell puts around a command.
fn trimmed(segment: &str) -> &str {
    let mut rest = segment;
    loop {
        let inner = bare(rest.trim(), "()\"'{}");
        if inner.len() == rest.len() {
            return rest;
        }
        rest = inner;
    }
}

/// The words of a command from its program on.
fn words(segment: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in segment.split_whitespace() {
        if !words.is_empty() || !is_prefix(word) {
            words.push(word);
        }
    }
    words
}

/// What stands before a program without being one.
const PREFIXES: &str = " sudo time env command exec nice xvfb-run then do if ! timeout ";

fn is_prefix(word: &str) -> bool {
    is_among(PREFIXES, word)
        || word
            .split_once('=')
            .is_some_and(|(name, _)| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()))
        || without_last(word, "sm").bytes().all(|byte| byte.is_ascii_digit())
}

fn holds_any(list: &str, text: &str) -> bool {
    any(list, &|word| holds(text, word))
}

/// What a line that tells of a failure holds.
const FAILURES: &str = "rror|ERROR|ail|FAIL|panicked|xception|Traceback|ssert|fatal|denied|not found|No such|annot|undefined|\
    nresolved|not ok|✗|✕|✘|×|❌|xpected|refused|imed out|nvalid|ERR!|warning:";

/// Whether a line of output tells of a failure.
pub(super) fn tells_failure(line: &str) -> bool {
    holds_any(FAILURES, line)
}

/// What begins a line that nothing but a failure prints.
const CERTAIN: &str = "FAIL|--- FAIL|error:|error[|ERROR:|Error:|npm ERR!|Traceback (most recent call last)|✗|✘|✕|not ok |\
    BUILD FAILED|panic:";

/// Whether the exit code of a check may be that of something after it, while its output tells that it failed.
pub(super) fn hides_failure(command: &str, output: &str) -> bool {
    let is_masked = holds(command, " | ") || holds(command, "|| ") || holds(command, "; ");
    is_masked && output.lines().any(|row| any(CERTAIN, &|start| row.trim_start().starts_with(start)))
}

/// The words of files that a successful `rm` or `mv` names: `(is it a move, files)`.
pub(super) fn removals(command: &str) -> Vec<(bool, Vec<&str>)> {
    let mut found = Vec::new();
    for segment in segments(command) {
        let mut words = segment.split_whitespace();
        let mut program = "sudo";
        while matches!(program, "sudo" | "git") {
            program = words.next().unwrap_or_default();
        }
        if !matches!(program, "rm" | "unlink" | "mv") {
            continue;
        }
        let mut files = Vec::new();
        for word in words {
            if !word.starts_with('-') {
                files.push(bare(word, "\"'"));
            }
        }
        found.push((program == "mv", files));
    }
    found
}
