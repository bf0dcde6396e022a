// The package as `make pkg` leaves it, used the three ways that its README names.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build } from "vite";
import { launchBrowser } from "../harness/browser.mjs";
import { ROOT, startLocalCloud } from "../harness/local-cloud.mjs";
import { createRepository } from "../harness/repository.mjs";
import { freePort, serveFiles } from "../harness/static.mjs";

const PKG = join(ROOT, "pkg");
const execute = promisify(execFile);

/** Starts a session and follows it to its end; says what it saw. Runs in pages and in Node alike. */
const DRIVE = `
export async function drive({ init, CloudAgents }, { api, token, repository }) {
  await init();
  const agents = new CloudAgents({ providers: [{ kind: "local", id: "here", baseUrl: api, token: () => token }] });
  await agents.ready;
  const session = await agents.start({ provider: "here", repository, prompt: "Say hello from the package" });
  const kinds = new Set();
  let end;
  for await (const event of agents.follow(session.id)) {
    kinds.add(event.kind);
    if (event.kind === "end") end = event.session;
  }
  const detail = await agents.session(session.id);
  const changes = await agents.changes(session.id);
  const list = agents.sessions();
  const seen = {
    status: end?.status,
    kinds: [...kinds],
    text: detail.turns[0].request.text,
    paths: changes.map((change) => change.path),
    length: list.length,
    first: list.rows(0, 1)[0].id === session.id,
  };
  agents.free();
  agents.free();
  return seen;
}
`;

let repository;
let cloud;
let port;
let folder;

/** What every one of them must have seen. */
function expectSession(seen) {
  assert.match(seen.status, /^(completed|idle)$/);
  assert.ok(seen.kinds.includes("turn") || seen.kinds.includes("part"), `activity among ${seen.kinds.join(", ")}`);
  assert.equal(seen.text, "Say hello from the package", "the prompt without the marker");
  assert.deepEqual(seen.paths, ["DEMO.md"]);
  assert.ok(seen.first, "the session is in the list");
}

/** Opens a page, waits for what it puts into its title, and answers it. */
async function visit(url) {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("favicon")) complaints.push(message.text());
    });
    await page.goto(url);
    await page.waitForFunction(() => document.title !== "");
    const result = JSON.parse(await page.title());
    assert.deepEqual(complaints, [], "no complaint, of the Content-Security-Policy neither");
    assert.equal(result.error, undefined);
    return result;
  } finally {
    await browser.close();
  }
}

before(async () => {
  repository = await createRepository("garden");
  port = await freePort();
  cloud = await startLocalCloud({
    repositories: [repository.path],
    page: undefined,
    allowOrigins: [`http://127.0.0.1:${port}`],
  });
  folder = await mkdtemp(join(tmpdir(), "package-"));
});
after(async () => {
  await cloud?.stop();
  await repository?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const target = () => ({ api: cloud.api, token: cloud.token, repository: repository.name });
/** The script of a page: drives the package and leaves what it saw in the title. */
const script = (specifier) => `
import init, { CloudAgents } from "${specifier}";
import { drive } from "./drive.js";
drive({ init, CloudAgents }, ${JSON.stringify(target())}).then(
  (seen) => { document.title = JSON.stringify(seen); },
  (error) => { document.title = JSON.stringify({ error: String(error), hint: error.hint, code: error.code }); },
);
`;

test("a blank page without a bundler, under a strict Content-Security-Policy", async () => {
  const site = await serveFiles(
    {
      "/": {
        body: '<!doctype html><html lang="en"><meta charset="utf-8"><script type="module" src="/main.js"></script></html>',
        type: "text/html",
      },
      "/main.js": { body: script("/pkg/index.js"), type: "text/javascript" },
      "/drive.js": { body: DRIVE, type: "text/javascript" },
      "/favicon.ico": { body: "", type: "image/x-icon" },
      "/pkg/": PKG,
    },
    { port },
  );
  try {
    expectSession(await visit(site.url));
  } finally {
    await site.close();
  }
});

test("a page built by Vite, with the package installed", async () => {
  const app = join(folder, "app");
  await mkdir(join(app, "node_modules"), { recursive: true });
  await cp(PKG, join(app, "node_modules", "cloud-agents"), { recursive: true });
  await writeFile(
    join(app, "index.html"),
    '<!doctype html><html lang="en"><meta charset="utf-8"><script type="module" src="/main.js"></script></html>',
  );
  await writeFile(join(app, "main.js"), script("cloud-agents"));
  await writeFile(join(app, "drive.js"), DRIVE);
  await build({ root: app, logLevel: "error", build: { modulePreload: { polyfill: false } } });
  const assets = await readdir(join(app, "dist", "assets"));
  assert.equal(assets.filter((name) => name.endsWith(".wasm")).length, 3, `three modules among ${assets.join(", ")}`);

  const site = await serveFiles(
    {
      "/": { body: await readFile(join(app, "dist", "index.html")), type: "text/html" },
      "/assets/": join(app, "dist", "assets"),
      "/favicon.ico": { body: "", type: "image/x-icon" },
    },
    { port },
  );
  try {
    expectSession(await visit(site.url));
  } finally {
    await site.close();
  }
});

test("Node imports it by its name and reads the wasm beside it", async () => {
  const home = join(folder, "node");
  await mkdir(join(home, "node_modules"), { recursive: true });
  await symlink(PKG, join(home, "node_modules", "cloud-agents"));
  await writeFile(join(home, "drive.mjs"), DRIVE);
  await writeFile(
    join(home, "main.mjs"),
    `import init, { CloudAgents } from "cloud-agents";
import { drive } from "./drive.mjs";
console.log(JSON.stringify(await drive({ init, CloudAgents }, ${JSON.stringify(target())})));\n`,
  );
  const { stdout } = await execute(process.execPath, ["main.mjs"], { cwd: home, timeout: 120_000 });
  expectSession(JSON.parse(stdout.trim().split("\n").at(-1)));
});

test("a call before init says so", async () => {
  const home = join(folder, "early");
  await mkdir(join(home, "node_modules"), { recursive: true });
  await symlink(PKG, join(home, "node_modules", "cloud-agents"));
  await writeFile(
    join(home, "main.mjs"),
    `import { CloudAgents, CloudAgentsError } from "cloud-agents";
try { new CloudAgents({ providers: [] }); } catch (error) {
  console.log(JSON.stringify({ ours: error instanceof CloudAgentsError, code: error.code, hint: error.hint }));
}\n`,
  );
  const { stdout } = await execute(process.execPath, ["main.mjs"], { cwd: home });
  const told = JSON.parse(stdout);
  assert.equal(told.ours, true);
  assert.equal(told.code, "invalid");
  assert.match(told.hint, /init/);
});

test("connections that cannot be told apart, and options that are none, are refused", async () => {
  const { default: init, CloudAgents, CloudAgentsError } = await import(join(PKG, "index.js"));
  await init();
  const twice = [
    { kind: "github", token: "a" },
    { kind: "github", baseUrl: "https://ghe.example/api/v3", token: "b" },
  ];
  for (const options of [undefined, null, {}, { providers: "github" }, { providers: [null] }, { providers: twice }]) {
    assert.throws(
      () => new CloudAgents(options),
      (error) => error instanceof CloudAgentsError && error.code === "invalid" && error.hint.length > 10,
      JSON.stringify(options),
    );
  }
  const agents = new CloudAgents({ providers: [twice[0], { ...twice[1], id: "work" }] });
  assert.deepEqual(
    agents.providers().map(({ id }) => id),
    ["github", "work"],
  );
  for (const request of [undefined, {}, { provider: "work", repository: "a/b", prompt: 7 }]) {
    await assert.rejects(agents.start(request), { code: "invalid" });
  }
  agents.free();
});

test("the types say what the contract says", async () => {
  const home = join(folder, "types");
  await mkdir(join(home, "node_modules"), { recursive: true });
  await symlink(PKG, join(home, "node_modules", "cloud-agents"));
  await cp(join(ROOT, "tests/package/contract.ts"), join(home, "contract.ts"));
  await writeFile(
    join(home, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: "ES2022",
        module: "NodeNext",
        moduleResolution: "NodeNext",
        lib: ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        types: [],
        // The package's own declarations are part of what is checked.
        skipLibCheck: false,
      },
      files: ["contract.ts"],
    }),
  );
  const failure = await execute(join(ROOT, "node_modules/.bin/tsc"), ["-p", home]).then(
    () => "",
    (error) => error.stdout,
  );
  assert.equal(failure, "");
});

test("what would be published is what is meant to be", async () => {
  const { stdout } = await execute("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: PKG });
  const told = JSON.parse(stdout.slice(stdout.search(/[[{]/)));
  const [{ files, name, version }] = Array.isArray(told) ? told : Object.values(told);
  const paths = files.map((file) => file.path);
  for (const path of [
    "index.js",
    "index.d.ts",
    "types.d.ts",
    "cloud_agents.js",
    "cloud_agents_bg.wasm",
    "cloud_agents_handoff.js",
    "cloud_agents_handoff_bg.wasm",
    "cloud_agents_readers.js",
    "cloud_agents_readers_bg.wasm",
    "bundle.schema.json",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "package.json",
  ]) {
    assert.ok(paths.includes(path), `${path} among ${paths.join(", ")}`);
  }
  assert.equal(name, "cloud-agents");
  assert.match(await readFile(join(ROOT, "Cargo.toml"), "utf8"), new RegExp(`^version = "${version}"$`, "m"));
});

test("no module carries a path of the machine that built it", async () => {
  for (const module of ["cloud_agents_bg.wasm", "cloud_agents_handoff_bg.wasm", "cloud_agents_readers_bg.wasm"]) {
    const wasm = (await readFile(join(PKG, module))).toString("latin1");
    assert.equal(wasm.includes(ROOT), false);
    // The path alone: a failure must not print the whole module.
    const path = /(?:\/(?:home|Users)\/[a-z]|\/root\/|\.cargo\/registry)[\w./-]*/.exec(wasm)?.[0];
    assert.equal(path, undefined);
  }
});
