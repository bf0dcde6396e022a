import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";

const FIXTURE = fileURLToPath(new URL("fixture/", import.meta.url));
const PAGE = new URL("../../page/index.html", import.meta.url);
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** The policy that the page ships with: the elements have to work under that one and no other. */
async function pagePolicy() {
  const html = await readFile(PAGE, "utf8");
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
  if (!policy) throw new Error("www/page/index.html holds no Content-Security-Policy");
  return policy;
}

/** The elements over the scripted source, built and served, and a browser to look at them. */
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
    const file = join(directory, path === "/" ? "index.html" : path);
    try {
      const body = await readFile(file);
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
  });
  const origin = `http://127.0.0.1:${server.address().port}`;

  return {
    /**
     * A fresh page in one of the fixture's worlds. What the page complains about is collected in `complaints`, and what it
     * asks of other hosts in `strangers`.
     */
    async page(world, { width = 1280, height = 800, colorScheme = "light", ...rest } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, ...rest });
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
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The calls of one method that the scripted source has had. */
export function callsOf(page, method) {
  return page.evaluate(
    (wanted) => window.source.calls.filter(([name]) => name === wanted).map(([, ...rest]) => rest),
    method,
  );
}
