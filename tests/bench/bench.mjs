// Figures beside their goals; ends with 1 when one is missed. What can be, is measured beside a peer in the same run, so that
// the machine falls out of the figure: octokit reading and mapping the same list, and plain JavaScript handing out the same rows.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { launchBrowser } from "../harness/browser.mjs";
import { ROOT, startLocalCloud } from "../harness/local-cloud.mjs";
import { createRepository } from "../harness/repository.mjs";
import { freePort, serveFiles } from "../harness/static.mjs";
import { report } from "./figures.mjs";

const SESSIONS = 1000;
const ROUNDS = 9;

/** A server with GitHub's shape and this many tasks, the latest first. */
async function startTasks() {
  const states = ["completed", "in_progress", "idle", "waiting_for_user", "failed", "queued"];
  const tasks = Array.from({ length: SESSIONS }, (_, index) => ({
    id: `a1b2c3d4-e5f6-7890-abcd-${String(index).padStart(12, "0")}`,
    url: `https://api.github.com/agents/repos/octocat/hello-world/tasks/${index}`,
    html_url: `https://github.com/octocat/hello-world/copilot/tasks/${index}`,
    name: `Fix the ${["login", "logout", "search", "menu"][index % 4]} button, take ${index}`,
    creator: { id: 1 },
    creator_type: "user",
    owner: { id: 1 },
    repository: { id: 1296269 },
    state: states[index % states.length],
    session_count: 1,
    artifacts: [{ provider: "github", type: "branch", data: { head_ref: `copilot/fix-${index}`, base_ref: "main" } }],
    archived_at: null,
    created_at: new Date(Date.UTC(2026, 0, 1) + (SESSIONS - index) * 60_000).toISOString(),
    updated_at: new Date(Date.UTC(2026, 0, 2) + (SESSIONS - index) * 60_000).toISOString(),
  }));
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://host");
    const cors = {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "authorization, accept, content-type, if-none-match, x-github-api-version",
      "access-control-expose-headers": "link, etag",
      "access-control-max-age": "600",
    };
    if (request.method === "OPTIONS") return response.writeHead(204, cors).end();
    if (url.pathname !== "/agents/tasks") return response.writeHead(404, cors).end("{}");
    const size = Number(url.searchParams.get("per_page") ?? 30);
    const page = Number(url.searchParams.get("page") ?? 1);
    const archived = url.searchParams.get("is_archived") === "true";
    const shown = archived ? [] : tasks.slice((page - 1) * size, page * size);
    const headers = { ...cors, "content-type": "application/json; charset=utf-8" };
    if (!archived && page * size < SESSIONS) {
      url.searchParams.set("page", String(page + 1));
      headers.link = `<http://${request.headers.host}${url.pathname}${url.search}>; rel="next"`;
    }
    return response.writeHead(200, headers).end(JSON.stringify({ tasks: shown }));
  });
  await new Promise((settle) => server.listen(0, "127.0.0.1", settle));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

/** What runs in the tab. The peer maps to the same rows, so both end with the same work done. */
const SCRIPT = `
import init, { CloudAgents } from "cloud-agents";
import { Octokit } from "octokit";

const STATUS = { queued: "queued", in_progress: "in-progress", completed: "completed", failed: "failed", idle: "idle",
  waiting_for_user: "needs-input", timed_out: "timed-out", cancelled: "cancelled" };
const toSession = (task) => {
  const [, owner, name] = /^https:\\/\\/[^/]+\\/([^/]+)\\/([^/]+)\\//.exec(task.html_url) ?? [];
  const branch = task.artifacts.find((artifact) => artifact.type === "branch");
  return {
    id: task.id, provider: "peer", kind: "github", title: task.name, status: STATUS[task.state] ?? "unknown",
    rawStatus: task.state, repository: owner + "/" + name, baseRef: branch?.data.base_ref, headRef: branch?.data.head_ref,
    createdAt: new Date(task.created_at).toISOString(), updatedAt: new Date(task.updated_at).toISOString(),
    url: task.html_url, archived: task.archived_at !== null, read: true,
    artifacts: task.artifacts.map((artifact) => ({ kind: "branch", headRef: artifact.data.head_ref, baseRef: artifact.data.base_ref })),
  };
};
const time = async (work) => { const start = performance.now(); const value = await work(); return [performance.now() - start, value]; };
// As fresh as the core reads: what a browser kept would be a list of a minute ago.
const fresh = (url, options) => fetch(url, { ...options, cache: "no-store" });
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function list(url, rounds) {
  const core = [], peer = [];
  let sessions, mapped;
  for (let round = 0; round < rounds; round++) {
    const agents = new CloudAgents({ providers: [{ kind: "github", id: "work", baseUrl: url, token: "t" }] });
    await agents.ready;
    const [took] = await time(async () => {
      const { errors } = await agents.refresh({ force: true });
      if (errors.work) throw new Error(errors.work.message);
      sessions = agents.sessions().rows(0, ${SESSIONS});
    });
    core.push(took);
    agents.free();
    const octokit = new Octokit({ auth: "t", baseUrl: url, throttle: { enabled: false }, request: { fetch: fresh } });
    const [tookPeer] = await time(async () => {
      const tasks = await octokit.paginate("GET /agents/tasks", { per_page: 100 }, (response) => response.data.tasks);
      mapped = tasks.map(toSession).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
    });
    peer.push(tookPeer);
  }
  if (sessions.length !== ${SESSIONS} || mapped.length !== ${SESSIONS}) throw new Error("read " + sessions.length + " and " + mapped.length);
  if (sessions.some((session, at) => session.title !== mapped[at].title || session.status !== mapped[at].status)) throw new Error("the lists differ");
  return { core: median(core), peer: median(peer) };
}

async function rows(url, rounds) {
  const agents = new CloudAgents({ providers: [{ kind: "github", id: "work", baseUrl: url, token: "t" }] });
  await agents.ready;
  await agents.refresh({ force: true });
  const plain = agents.sessions().rows(0, ${SESSIONS});
  const copy = () => { const from = plain.filter((row) => !row.archived).sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)); return structuredClone(from); };
  const all = [], copied = [], window = [], filtered = [];
  for (let round = 0; round < rounds * 5; round++) {
    all.push((await time(() => agents.sessions().rows(0, ${SESSIONS})))[0]);
    copied.push((await time(copy))[0]);
    const snapshot = agents.sessions();
    window.push((await time(() => snapshot.rows(400, 450)))[0]);
    filtered.push((await time(() => agents.sessions({ text: "login completed" }).rows(0, 50)))[0]);
  }
  agents.free();
  return { all: median(all), copied: median(copied), window: median(window), filtered: median(filtered) };
}

async function first({ api, token, repository }, rounds) {
  const agents = new CloudAgents({ providers: [{ kind: "local", id: "here", baseUrl: api, token }] });
  await agents.ready;
  await agents.refresh();
  const took = [];
  for (let round = 0; round < rounds; round++) {
    took.push((await time(async () => {
      const session = await agents.start({ provider: "here", repository, prompt: "Say hello, round " + round });
      for await (const event of agents.follow(session.id)) {
        if (event.kind === "part" || (event.kind === "turn" && event.turn.parts.length > 0)) break;
      }
    }))[0]);
  }
  agents.free();
  return median(took);
}

const [cold] = await time(() => init());
window.measure = { list, rows, first, cold };
document.title = "ready";
`;

const repository = await createRepository();
const port = await freePort();
const tasks = await startTasks();
const cloud = await startLocalCloud({
  repositories: [repository.path],
  page: undefined,
  allowOrigins: [`http://127.0.0.1:${port}`],
});
const folder = await mkdtemp(join(tmpdir(), "bench-"));
const figures = [];
const figure = (name, value, unit, goal) => figures.push({ name, value, unit, goal });
let site;
let browser;
try {
  const app = join(ROOT, "tests/bench", ".app");
  await mkdir(app, { recursive: true });
  await writeFile(
    join(app, "index.html"),
    '<!doctype html><html lang="en"><script type="module" src="/main.js"></script></html>',
  );
  await writeFile(join(app, "main.js"), SCRIPT);
  await build({
    root: app,
    logLevel: "error",
    resolve: { alias: { "cloud-agents": join(ROOT, "pkg/index.js") } },
    build: { outDir: folder, emptyOutDir: true, target: "es2023", chunkSizeWarningLimit: 2000 },
  });
  await rm(app, { recursive: true });

  site = await serveFiles(
    {
      "/": { body: await readFile(join(folder, "index.html")), type: "text/html" },
      "/assets/": join(folder, "assets"),
      "/favicon.ico": { body: "", type: "image/x-icon" },
    },
    { port, headers: {} },
  );
  browser = await launchBrowser();
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  await page.goto(site.url);
  await page.waitForFunction(() => document.title === "ready");

  const { list, rows, first, cold } = await page.evaluate(
    async ([url, here, rounds]) => ({
      list: await window.measure.list(url, rounds),
      rows: await window.measure.rows(url, rounds),
      first: await window.measure.first(here, 5),
      cold: window.measure.cold,
    }),
    [tasks.url, { api: cloud.api, token: cloud.token, repository: repository.name }, ROUNDS],
  );

  const gzip = async (path) => gzipSync(await readFile(path), { level: 9 }).length / 1000;
  figure("the wasm, gzip", await gzip(join(ROOT, "pkg/cloud_agents_bg.wasm")), "kB", 114);
  const scripts = (await readdir(join(ROOT, "pkg"))).filter((name) => name.endsWith(".js"));
  const glue = await Promise.all(scripts.map((name) => gzip(join(ROOT, "pkg", name))));
  figure(
    "its JavaScript, gzip, not minified",
    glue.reduce((sum, size) => sum + size, 0),
    "kB",
    // What octokit's core with pages, retries, throttling and GraphQL weighs, and that minified.
    20,
  );
  figure("init in a fresh tab", cold, "ms", 150);
  figure(`a list of ${SESSIONS}: read, kept and handed out`, list.core, "ms");
  figure("  the same by octokit and a map", list.peer, "ms");
  figure("  ratio", list.core / list.peer, "×", 1.5);
  figure(`${SESSIONS} rows out of the core`, rows.all, "ms");
  figure("  the same rows sorted and cloned in JavaScript", rows.copied, "ms");
  figure("  ratio", rows.all / rows.copied, "×", 1.5);
  figure("a window of 50 rows", rows.window, "ms", 1);
  figure("a filter by words and its first 50 rows", rows.filtered, "ms", 8);
  figure("from start() to the first activity, local cloud", first, "ms", 2000);
} finally {
  await browser?.close();
  await site?.close();
  await tasks.close();
  await cloud.stop();
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
}

report(figures);
