// The facts that a successor needs, by rule, and whether a text has them: in a brief each with its state or exit code and in the
// section where it belongs; in a baseline, which has no sections, with its state nearby.

const fold = (text) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are control characters
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim();

const CHECK =
  /(?:^|[\s;&(])(?:(?:cargo|go|npm|pnpm|yarn|bun|npx|bunx|uv|poetry|make|just|mise|gradle|\.?\/?gradlew|mvn|dotnet|deno|turbo|nx|mix|swift|bazel|docker|task|rake|bundle|python3?|node|composer|tox|nox|zig|terraform)\b[^|;&\n]*\b(?:\w*test\w*|\w*build\w*|\w*lint\w*|\w*check\w*|\w*typecheck\w*|fmt|format|vet|clippy|compile|tsc|eslint|mypy|ruff|jest|vitest|verify|validate)\b|pytest|vitest|jest|tsc|eslint|ruff|mypy|golangci-lint|gofmt|shellcheck|phpunit|rspec|rubocop|biome|prettier)/;
const REQUIRES =
  /\b(?:must|never|always|don['’]?t|do not|only|should(?:n['’]t)?|instead|avoid|without|prefer|requires?|required|ensure|make sure|can(?:no|['’])t|keep|rather than|not|need(?:s)? to|want|use)\b|(?<!\p{L})(?:не|только|нужно|надо|должен|всегда|никогда|нельзя)(?!\p{L})/iu;
const ERROR =
  /error|fail|panic|exception|traceback|fatal|denied|not found|no such|cannot|undefined|assertion ?(?:error|failed)|✗|✕|✘|×|❌/i;

const sentences = (text) =>
  text
    .replace(/```[\s\S]*?(?:```|$)/g, "\n")
    .split(/\n|(?<=[.!?]) +/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "" && sentence.length <= 600);

function relative(path, folder) {
  const inside = folder && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  return inside.replace(/^\.\//, "");
}

/** The facts of a transcript by kind: `{ paths, commands, errors, todos, person, place }`, each a list. */
export function factsOf(events) {
  const folder = events.find((event) => event.kind === "place" && event.folder)?.folder;
  const paths = new Map();
  const commands = new Map();
  const person = [];
  const place = {};
  let todos = [];
  for (const event of events) {
    if (event.kind === "place") {
      if (event.branch && event.branch !== "HEAD") place.branch = event.branch;
      place.commit ??= event.commit;
    }
    if (event.kind === "asked") {
      person.push(
        ...sentences(event.text)
          .filter((text) => REQUIRES.test(text))
          .map((text) => ({ text })),
      );
    }
    if (event.kind === "asked" && event.text.length <= 300) person.push({ text: event.text });
    if (event.kind === "answer" && event.text.trim()) person.push({ text: event.text });
    if (event.kind === "todos") todos = event.todos.filter(({ text }) => text !== "");
    if (event.kind !== "call" || event.cancelled) continue;
    for (const { path, state } of event.failed ? [] : event.edits) {
      const name = relative(path, folder);
      const first = paths.get(name)?.first ?? state;
      paths.set(name, { path: name, first, state });
    }
    if (!event.command) continue;
    const removed = !event.failed && /^(?:git )?rm (?:-\w+ )*(\S+)$/.exec(event.command.trim());
    const known = removed && paths.get(relative(removed[1], folder));
    if (known) known.state = "deleted";
    commands.set(fold(event.command), event);
  }
  const kept = [...commands.values()].filter(({ command, failed }) => failed || CHECK.test(command));
  const errors = [];
  for (const { failed, output } of kept) {
    if (!failed) continue;
    const lines = output.split("\n").map((line) => line.trim());
    errors.push(
      ...lines
        .filter((line) => ERROR.test(line) && line.length <= 400)
        .slice(-5)
        .map((text) => ({ text })),
    );
  }
  const unique = (list) => [...new Map(list.map((fact) => [fold(fact.text), fact])).values()];
  return {
    paths: [...paths.values()],
    commands: kept.map(({ command, code, failed }) => ({ command, code, failed })),
    errors: unique(errors),
    todos,
    person: unique(person),
    place: [place.branch, place.commit].filter(Boolean).map((text) => ({ text })),
  };
}

/** The sections of a brief: heading in lower case to what is under it. Lines inside of fences are never headings. */
function sectionsOf(brief) {
  const sections = new Map();
  let lines = [];
  let fence;
  for (const line of brief.split("\n")) {
    const ticks = /^\s*(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence) {
      if (ticks && ticks[1][0] === fence[0] && ticks[1].length >= fence.length && ticks[2].trim() === "")
        fence = undefined;
    } else if (ticks) {
      fence = ticks[1];
    } else if (line.startsWith("## ")) {
      lines = [];
      sections.set(line.slice(3).toLowerCase(), lines);
    }
    lines.push(line);
  }
  return sections;
}

const OUTCOME = ({ code, failed }) =>
  code === undefined
    ? failed
      ? /failed|exit code [1-9-]/
      : /succeeded|exit code 0/
    : new RegExp(`exit code ${code}(?!\\d)`);

/** Says of each kind of fact how to find one: in which section, and on a line that also holds its state. */
const BELONGS = {
  paths: [
    "state of the work",
    ({ path }, folder) => `\`${relative(path, folder)}\``,
    ({ state }) => new RegExp(`\\b${state}\\b`),
  ],
  commands: ["what was tried", ({ command }) => fold(command).slice(0, 160), OUTCOME],
  errors: ["what fails", ({ text }) => text, undefined],
  todos: ["to-do", ({ text }) => text, ({ status }) => new RegExp(`\\b${status}\\b`)],
  person: ["decisions", ({ text }) => text, undefined],
  place: ["state of the work", ({ text }) => text, undefined],
};

/** The facts that a brief does not have. */
export function missingIn(brief, facts) {
  const sections = [...sectionsOf(brief)];
  const missing = {};
  for (const [kind, [section, named, state]] of Object.entries(BELONGS)) {
    const lines = sections.find(([heading]) => heading.includes(section))?.[1] ?? [];
    // What the person requires may stand in the task itself.
    const task = kind === "person" ? (sections.find(([heading]) => heading === "task")?.[1] ?? []) : [];
    // A brief may tell paths from a folder that it names.
    const folder = /person's folder `+ ?([^`\n]+)`/.exec(lines.join("\n"))?.[1];
    const folded = [...lines, ...task].map(fold);
    const whole = fold([...lines, ...task].join("\n"));
    missing[kind] = facts[kind].filter((fact) => {
      const name = fold(named(fact, folder));
      if (!state) return !whole.includes(name);
      return !folded.some((line) => line.includes(name) && state(fact).test(line.replace(name, "")));
    });
  }
  return missing;
}

/** The facts that a piece of the plain transcript does not have. */
export function missingInPlain(text, facts) {
  const whole = fold(text);
  const missing = {};
  for (const [kind, [, named, state]] of Object.entries(BELONGS)) {
    missing[kind] = facts[kind].filter((fact) => {
      const name = fold(named(fact)).replace(/^`|`$/g, "");
      for (let at = whole.indexOf(name); at >= 0; at = whole.indexOf(name, at + 1)) {
        if (!state || state(fact).test(whole.slice(Math.max(0, at - 40), at + name.length + 200))) return false;
      }
      return true;
    });
  }
  return missing;
}

/** The mean over the kinds that are there, and each kind's share. */
export function shareOf(facts, missing) {
  const shares = {};
  for (const kind of Object.keys(BELONGS)) {
    if (facts[kind].length > 0) shares[kind] = 1 - missing[kind].length / facts[kind].length;
  }
  const all = Object.values(shares);
  return { shares, mean: all.length > 0 ? all.reduce((sum, share) => sum + share, 0) / all.length : undefined };
}

const even = (blocks, size) => {
  const total = blocks.reduce((sum, block) => sum + block.length, 0);
  const part = Math.min(1, (size - blocks.length) / total);
  return part <= 0 ? "" : blocks.map((block) => block.slice(0, Math.floor(block.length * part))).join("\n");
};

/** What other ways to keep within a limit keep of the plain transcript. */
export const BASELINES = {
  "the tail": (whole, size) => whole.slice(-size),
  "the head": (whole, size) => whole.slice(0, size),
  "the same share of everything": (whole, size) => even(whole.split(/\n(?=User: |Assistant: |\$ |Question: )/), size),
  "the last turns that fit": (whole, size) => {
    const turns = whole.split(/\n(?=User: )/);
    let kept = "";
    for (const turn of turns.reverse()) {
      if (kept.length + turn.length + 1 > size) return kept || turn.slice(-size);
      kept = `${turn}\n${kept}`;
    }
    return kept;
  },
};
