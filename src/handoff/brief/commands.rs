//! What a command line is for, and which of its output tells what went wrong.

use super::quote::head;

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
const CHECKS: &[&str] = &[
    "test",
    "build",
    "lint",
    "check",
    "type",
    "format",
    "fmt",
    "vet",
    "clippy",
    "compile",
    "verify",
    "assemble",
    "vitest",
    "jest",
    "tsc",
    "eslint",
    "mocha",
    "mypy",
    "ruff",
    "pyright",
    "black",
    "flake8",
    "pylint",
    "biome",
    "prettier",
    "playwright",
    "cypress",
    "validate",
    "rspec",
    "spec",
    "doc",
    "unittest",
    "tox",
    "package",
    "bundle",
    "pack",
    "e2e",
];

/// Whether it builds, tests or lints.
pub(super) fn is_check(command: &str) -> bool {
    segments(command).any(|segment| {
        let mut words = segment.split_whitespace().skip_while(|word| is_prefix(word));
        let Some(program) = words.next() else { return false };
        let program = program.rsplit('/').next().unwrap_or(program);
        let script = [".sh", ".py", ".mjs", ".js", ".ts"].iter().any(|end| program.ends_with(end));
        listed(CHECKERS, program)
            || (script && CHECKS.iter().any(|check| program.contains(check)))
            || (listed(RUNNERS, program)
                && words
                    .filter(|word| !word.starts_with('-') || *word == "--test")
                    .take(3)
                    .any(|word| CHECKS.iter().any(|check| word.contains(check))))
    })
}

/// Programs that only look, or cut what another prints.
const LOOKERS: &str = " ls cat head tail grep rg egrep find fd sed awk wc echo printf pwd which whoami date tree stat file less more \
    sort uniq cut tr cd pushd test true sleep env printenv type tee jq ";

/// Whether it does nothing but look around.
pub(super) fn is_look(command: &str) -> bool {
    segments(command).all(|segment| {
        let mut words = segment.split_whitespace();
        match words.next().unwrap_or("") {
            "git" => matches!(
                words.next(),
                Some("status" | "diff" | "log" | "show" | "branch" | "rev-parse" | "remote" | "ls-files")
            ),
            program => listed(LOOKERS, program) || program.starts_with('#') || program.contains('='),
        }
    })
}

/// The same for every way to run the same check: without the change of folder before it, variables, and what only cuts its
/// output.
pub(super) fn key(command: &str) -> String {
    let mut key = String::new();
    for segment in segments(head(command, 2000)) {
        let mut parts = segment.split(" | ");
        let first = parts.next().unwrap_or("");
        if is_look(first) || matches!(first.split_whitespace().next(), Some("export" | "source" | "." | "set")) {
            continue;
        }
        let kept = parts.filter(|part| !listed(LOOKERS, part.split_whitespace().next().unwrap_or("")));
        for part in std::iter::once(first).chain(kept) {
            for word in part.split_whitespace().skip_while(|word| is_prefix(word)) {
                if !matches!(word, "2>&1" | "2>/dev/null" | ">/dev/null" | "1>&2") {
                    key.push_str(if key.is_empty() { "" } else { " " });
                    key.push_str(word);
                }
            }
        }
    }
    if key.is_empty() { folded(command) } else { key }
}

/// A command with its white space folded.
pub(super) fn folded(command: &str) -> String {
    super::quote::line(command, 2000)
}

/// The commands of a line, pipes left whole. Only the beginning of a long script is looked at.
fn segments(command: &str) -> impl Iterator<Item = &str> {
    head(command, 4000)
        .split(['\n', ';'])
        .flat_map(|line| line.split("&&"))
        .map(|segment| {
            segment.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | '{' | '}'))
        })
        .filter(|segment| !segment.is_empty())
}

fn is_prefix(word: &str) -> bool {
    matches!(
        word,
        "sudo" | "time" | "env" | "command" | "exec" | "nice" | "xvfb-run" | "then" | "do" | "if" | "!" | "timeout"
    ) || word
        .split_once('=')
        .is_some_and(|(name, _)| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()))
        || word.trim_end_matches(['s', 'm']).bytes().all(|byte| byte.is_ascii_digit())
}

fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|entry| !entry.is_empty() && entry == word)
}

/// What a line that tells of a failure holds.
const FAILURES: &[&str] = &[
    "rror",
    "ERROR",
    "ail",
    "FAIL",
    "panicked",
    "xception",
    "Traceback",
    "ssert",
    "fatal",
    "denied",
    "not found",
    "No such",
    "annot",
    "undefined",
    "nresolved",
    "not ok",
    "✗",
    "✕",
    "✘",
    "×",
    "❌",
    "xpected",
    "refused",
    "imed out",
    "nvalid",
    "ERR!",
    "warning:",
];

/// Whether a line of output tells of a failure.
pub(super) fn tells_failure(line: &str) -> bool {
    FAILURES.iter().any(|word| line.contains(word))
}

/// What begins a line that nothing but a failure prints.
const CERTAIN: &[&str] = &[
    "FAIL",
    "--- FAIL",
    "FAILED",
    "error:",
    "error[",
    "ERROR:",
    "Error:",
    "npm ERR!",
    "Traceback (most recent call last)",
    "✗",
    "✘",
    "✕",
    "not ok ",
    "BUILD FAILED",
    "panic:",
];

/// Whether the exit code of a check may be that of something after it, while its output tells that it failed.
pub(super) fn hides_failure(command: &str, output: &str) -> bool {
    let is_masked = [" | ", "|| ", "; "].iter().any(|sign| command.contains(sign));
    is_masked && output.lines().any(|row| CERTAIN.iter().any(|start| row.trim_start().starts_with(start)))
}

/// The words of files that a successful `rm` or `mv` names: `(is it a move, files)`.
pub(super) fn removals(command: &str) -> Vec<(bool, Vec<&str>)> {
    let mut found = Vec::new();
    for segment in segments(command) {
        let mut words = segment.split_whitespace().skip_while(|word| matches!(*word, "sudo" | "git"));
        let is_move = match words.next() {
            Some("rm" | "unlink") => false,
            Some("mv") => true,
            _ => continue,
        };
        let files = words.filter(|word| !word.starts_with('-')).map(|word| word.trim_matches(['"', '\''])).collect();
        found.push((is_move, files));
    }
    found
}
