// The shared elements on a stage: built over a scripted source, served under the page's own policy, in a real browser.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { launchBrowser } from "../../../tests/harness/browser.mjs";

const FIXTURE = fileURLToPath(new URL("fixture/", import.meta.url));
const PAGE = new URL("../../page/index.html", import.meta.url);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** The policy that the page ships with: the elements have to work under that one and no other. */
async function pagePolicy() {
  const html = await readFile(PAGE, "utf8");
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
  if (!policy) throw new Error("www/page/index.html holds no Content-Security-Policy");
  return policy;
}

/** Builds the fixture, serves it and opens a browser. */
export async function openStage() {
  const directory = await mkdtemp(join(tmpdir(), "cloud-agents-view-"));
  await build({
    root: FIXTURE,
    configFile: false,
    logLevel: "warn",
    base: "./",
    build: {
      outDir: directory,
      emptyOutDir: true,
      minify: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  const policy = await pagePolicy();
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://stage").pathname);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    try {
      const body = await readFile(join(directory, path === "/" ? "index.html" : path));
      const type = TYPES[extname(path)] ?? "text/html";
      response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launchBrowser();
  const origin = `http://127.0.0.1:${server.address().port}`;

  return {
    /**
     * A fresh page in one of the fixture's worlds. What the page complains about is collected in `complaints`, and what it
     * asks of other hosts in `strangers`.
     */
    async page(world, { width = 1280, height = 800, colorScheme = "light", ...rest } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: "en-US", ...rest });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.complaints = [];
      page.strangers = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") page.complaints.push(message.text());
      });
      page.on("pageerror", (error) => page.complaints.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(origin)) page.strangers.push(request.url());
      });
      await page.goto(`${origin}/?world=${world}`);
      return page;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The arguments of each call of one method that the scripted source has had. */
export function callsOf(page, method) {
  return page.evaluate(
    (wanted) => window.source.calls.filter(([name]) => name === wanted).map(([, ...rest]) => rest),
    method,
  );
}

/** Waits until a method of the source was called `count` times, and answers the arguments of the last call. */
export async function called(page, method, count = 1) {
  await page.waitForFunction(
    ([wanted, least]) => window.source.calls.filter(([name]) => name === wanted).length >= least,
    [method, count],
  );
  return (await callsOf(page, method)).at(-1);
}

/** The row of a session whose name begins so. */
export function row(page, start) {
  return page.getByRole("listitem", { name: new RegExp(`^${start}`) });
}
