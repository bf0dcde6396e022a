// Plants one violation of each rule and expects the house check to name it, and shows it what is allowed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PLANTED } from "./house/planted.mjs";
import { inspect } from "./house.mjs";

const rules = (path, text) => inspect(new Map([[path, text]])).map((found) => found.rule);
const refused = (name, path, text, expected) =>
  test(`refuses ${name}`, () => {
    const found = rules(path, text);
    assert.equal(found.length, 1, `expected one finding in ${path}, got ${JSON.stringify(found)}`);
    assert.match(found[0], expected);
  });
const allowed = (name, path, text) => test(`allows ${name}`, () => assert.deepEqual(rules(path, text), []));

refused("a session that knows the hub", "src/session.rs", "use crate::hub::Hub;\n", /`session` may not know `hub`/);
refused(
  "a handoff that knows a session",
  "src/handoff/brief.rs",
  "use crate::session::Id;\n",
  /`handoff` may not know `session`/,
);
refused(
  "a wire that knows a provider",
  "src/wire/retry.rs",
  "fn f(p: &crate::provider::github::GitHub) {}\n",
  /`wire` may not know `provider`/,
);
refused(
  "a provider that knows the hub, in a group",
  "src/provider/github.rs",
  "use crate::{session::Id, hub::Hub};\n",
  /`provider` may not know `hub`/,
);
refused("a hub that knows the browser", "src/hub/mod.rs", "use crate::web::Fetch;\n", /`hub` may not know `web`/);
refused("JavaScript outside web", "src/wire/request.rs", "use js_sys::Uint8Array;\n", /only `web` knows JavaScript/);
refused("tokio outside local", "src/hub/mod.rs", "    tokio::spawn(async {});\n", /only `local` knows tokio/);
refused(
  "a clock of the machine in the core",
  "src/wire/retry.rs",
  "let now = std::time::Instant::now();\n",
  /`Host` trait/,
);
refused(
  "a file of the machine in the core",
  "src/provider/mod.rs",
  "let text = std::fs::read(path);\n",
  /`Host` trait/,
);
refused(
  "a switch by provider in Rust",
  "src/hub/mod.rs",
  'if session.provider == "github" {\n',
  /table of capabilities/,
);
refused(
  "a switch by kind in Rust",
  "src/hub/mod.rs",
  "    if config.kind == Kind::GitHub {\n",
  /table of capabilities/,
);
refused(
  "a pattern on a kind",
  "src/hub/mod.rs",
  "let own = matches!(config.kind, Kind::Local);\n",
  /table of capabilities/,
);
refused(
  "a switch by kind in TypeScript",
  "www/view/src/list.ts",
  'if (session.kind === "github") go();\n',
  /table of capabilities/,
);
refused("a name that says nothing", "src/wire/utils.rs", "\n", /says nothing/);
refused("a folder that says nothing", "www/view/src/helpers/list.ts", "\n", /says nothing/);
refused("a file that is too long", "src/session.rs", "\n".repeat(700), /two rooms/);
refused(
  "a view that imports the class",
  "www/view/src/list.ts",
  'import { CloudAgents } from "cloud-agents";\n',
  /SessionSource/,
);
refused(
  "a view that imports the class as a type",
  "www/view/src/list.ts",
  'import type {\n  CloudAgents,\n} from "cloud-agents";\n',
  /SessionSource/,
);
refused(
  "a view that imports the page",
  "www/view/src/list.ts",
  'import { open } from "../../page/src/main.js";\n',
  /never imports `www\/page`/,
);
refused("markup outside the sanitizer", "www/view/src/list.ts", "row.innerHTML = title;\n", /sanitizer/);
refused(
  "Lit's door around the sanitizer",
  "www/view/src/list.ts",
  'import { unsafeHTML } from "lit/directives/unsafe-html.js";\n',
  /sanitizer/,
);
refused("eval", "www/page/src/main.ts", "eval(code);\n", /no eval/);
refused("an inline script", "www/page/index.html", "<script>go()</script>\n", /inline script/);
refused("an inline style", "www/page/index.html", '<p style="color: red">\n', /inline style/);
refused("a path of one machine", "README.md", "Open /home/someone/work.\n", /one machine/);
refused("the host of a registry", "docs.md", `see https://${"registry.npmjs"}.org/x\n`, /registry/);
refused(
  "a lock file with addresses",
  "package-lock.json",
  '      "resolved": "https://host.example/x.tgz",\n',
  /no addresses/,
);

allowed(
  "a provider that knows session and wire",
  "src/provider/github.rs",
  "use crate::{session::Id, wire::Request};\n",
);
allowed("the browser in web", "src/web/fetch.rs", "use js_sys::Uint8Array;\nuse crate::hub::Hub;\n");
allowed(
  "tokio in local",
  "src/local/mod.rs",
  "    tokio::spawn(async {});\n    let now = std::time::Instant::now();\n",
);
allowed("the kind of something else", "src/local/api/contents.rs", 'if entry.kind == "tree" {\n');
allowed(
  "a rule named in a comment",
  "src/wire/retry.rs",
  "// Not std::time::Instant::now(): the host has the clock.\n",
);
allowed("another room in a test module", "src/session.rs", "#[cfg(test)]\nmod tests {\n    use crate::hub::Hub;\n}\n");
allowed("types for the view", "www/view/src/list.ts", 'import type { Session } from "cloud-agents";\n');
allowed("the class in the page", "www/page/src/main.ts", 'import init, { CloudAgents } from "cloud-agents";\n');
allowed("the sanitizer", "www/view/src/text/markdown.ts", "element.innerHTML = clean;\n");
allowed("a module script", "www/page/index.html", '<script type="module" src="/src/main.ts"></script>\n');
allowed("a link inside the workspace in the lock file", "package-lock.json", '      "resolved": "www/page",\n');

for (const [name, path, cases] of PLANTED) {
  for (const [text, rule] of cases) {
    if (rule) refused(name, path, `${text}\n`, rule);
    else allowed(`the neighbour of ${name}`, path, `${text}\n`);
  }
}
