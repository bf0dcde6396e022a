// The page as it is shipped, against a local cloud: on the cloud's own origin, and on a static host of another.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchBrowser, watchErrors } from "../../../tests/harness/browser.mjs";
import { ROOT, startLocalCloud } from "../../../tests/harness/local-cloud.mjs";
import { freePort, serveFiles } from "../../../tests/harness/static.mjs";

const DIST = join(ROOT, "www/page/dist");
let browser;
let cloud;
let host;

before(async () => {
  const port = await freePort();
  host = await serveFiles(
    { "/": { body: await readFile(join(DIST, "index.html")), type: "text/html" }, "/assets/": join(DIST, "assets") },
    // The page brings its own policy as a meta element; a static host sends none.
    { headers: {}, port },
  );
  cloud = await startLocalCloud({ allowOrigins: [host.url] });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await cloud?.stop();
  await host?.close();
});

async function visit(address, context) {
  const page = await (context ?? browser).newPage();
  page.setDefaultTimeout(15_000);
  page.errors = watchErrors(page);
  await page.goto(address);
  return page;
}

async function start(page, prompt) {
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByRole("region", { name: "Session" }).getByRole("heading", { level: 2, name: prompt }).waitFor();
}

async function connect(page, { token, remember = false }) {
  await page.getByRole("radio", { name: "Local cloud" }).first().check();
  await page.getByLabel("Address").first().fill(cloud.api);
  await page.getByLabel("Token").first().fill(token);
  if (remember) await page.getByRole("checkbox", { name: "Remember on this device" }).first().check();
  await page.getByRole("button", { name: "Connect", exact: true }).first().click();
}

test("a session has an address: reload returns to it, back goes to the list", async () => {
  const page = await visit(cloud.url);
  await start(page, "Write a line and reload");
  const status = page.getByRole("region", { name: "Session" }).locator(".facts");
  await status.getByText("completed").waitFor();
  assert.match(page.url(), /#\/session\/.+/);
  await page.reload();
  await page.getByRole("heading", { level: 2, name: "Write a line and reload" }).waitFor();
  await page.getByRole("heading", { level: 3, name: "Write a line and reload" }).waitFor();
  await page.goBack();
  await page.getByRole("textbox", { name: "Prompt" }).waitFor();
  await page.goBack();
  await page.getByText("Choose a session to read it").waitFor();
  assert.deepEqual(page.errors, []);
  await page.close();
});

test("a bundle in the address is taken out of it at once, is only read, and never starts anything", async () => {
  const context = await browser.newContext();
  const sent = [];
  await context.route("**/*", (route) => {
    const request = route.request();
    if (request.method() !== "GET" || request.url().includes("AAAA")) sent.push(request.url());
    return route.continue();
  });
  const unreadable = (page) => page.getByRole("alert").filter({ hasText: "This could not be read" });
  const page = await visit(`${cloud.url}/#bundle=AAAA`, context);
  await unreadable(page).waitFor();
  assert.equal(new URL(page.url()).hash, "#/handoff");

  // The same in a page that is open already, where a link only changes the fragment.
  await page.getByRole("button", { name: "Back to the list" }).click();
  await page.getByText("Choose a session to read it").waitFor();
  await page.evaluate(() => {
    location.hash = "#bundle=AAAA";
  });
  await unreadable(page).waitFor();
  assert.equal(new URL(page.url()).hash, "#/handoff");
  await page.goBack();
  await page.waitForFunction(() => !location.hash.includes("bundle"));
  assert.deepEqual(sent, []);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("the title counts what waits for the person", async () => {
  const page = await visit(cloud.url);
  await start(page, "Please ask before you write");
  await page.getByRole("group", { name: "Question" }).waitFor();
  await page.waitForFunction(() => /^\(1\) /.test(document.title));
  await page.getByRole("group", { name: "Question" }).getByRole("button").first().click();
  await page.getByRole("region", { name: "Session" }).locator(".facts").getByText("completed").waitFor();
  await page.waitForFunction(() => document.title === "Cloud agents");
  await page.close();
});

test("the policy in the page is the one that the server sends, but for what only a header can say", async () => {
  const response = await fetch(cloud.url);
  const inPage = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(await response.text())?.[1];
  const directives = (policy) =>
    Object.fromEntries(
      policy
        .split(";")
        .map((directive) => directive.trim().split(/\s+/))
        .map(([name, ...values]) => [name, values]),
    );
  const sent = directives(response.headers.get("content-security-policy"));
  const meta = directives(inPage);
  assert.deepEqual(sent["frame-ancestors"], ["'none'"]);
  for (const name of ["script-src", "style-src", "require-trusted-types-for"])
    assert.deepEqual(meta[name], sent[name], name);
  for (const policy of [sent, meta]) {
    assert.deepEqual(policy["default-src"], ["'none'"]);
    assert.deepEqual(policy["script-src"], ["'self'", "'wasm-unsafe-eval'"]);
    assert.deepEqual(policy["style-src"], ["'self'"]);
    assert.deepEqual(policy["require-trusted-types-for"], ["'script'"]);
  }
});

test("on a static host a wrong token is refused at the form, and the right one connects", async () => {
  const context = await browser.newContext();
  const page = await visit(host.url, context);
  await page.getByRole("heading", { name: "Connect a cloud" }).waitFor();
  await connect(page, { token: "wrong" });
  await page.getByRole("alert").filter({ hasText: "Could not connect" }).waitFor();
  await page.getByRole("heading", { name: "Connect a cloud" }).waitFor();
  await connect(page, { token: cloud.token });
  await start(page, "Hello from another origin");
  await page.getByRole("region", { name: "Session" }).locator(".facts").getByText("completed").waitFor();
  await page.reload();
  // Not remembered, so it is asked for again; the place is kept meanwhile.
  await page.getByRole("heading", { name: "Connect a cloud" }).waitFor();
  await page.getByRole("button", { name: "Connections (none yet)" }).waitFor();
  await connect(page, { token: cloud.token });
  await page.getByRole("heading", { level: 2, name: "Hello from another origin" }).waitFor();
  await context.close();
});

test("a remembered token survives a reload, lies encrypted, and goes with its connection", async () => {
  const context = await browser.newContext();
  const page = await visit(host.url, context);
  await connect(page, { token: cloud.token, remember: true });
  await page.getByText("Choose a session to read it").waitFor();
  await page.reload();
  await page.getByText("Choose a session to read it").waitFor();

  const stored = await page.evaluate(async () => {
    const done = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const values = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href];
    const keys = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const store = database.transaction(table).objectStore(table);
        for (const value of await done(store.getAll())) {
          if (value instanceof CryptoKey)
            keys.push({ extractable: value.extractable, algorithm: value.algorithm.name });
          else {
            for (const part of Object.values(Object(value))) {
              const bytes = part instanceof ArrayBuffer ? new Uint8Array(part) : part;
              values.push(bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : JSON.stringify(bytes));
            }
            values.push(JSON.stringify(value));
          }
        }
      }
      database.close();
    }
    return { values, keys };
  });
  assert.deepEqual(stored.keys, [{ extractable: false, algorithm: "AES-GCM" }]);
  assert.ok(stored.values.length > 5, "the storage was read");
  assert.ok(
    stored.values.every((value) => !value?.includes(cloud.token)),
    "the token is nowhere in clear",
  );

  await page.getByRole("button", { name: "Connections" }).click();
  await page.getByRole("button", { name: "Disconnect Local cloud" }).click();
  await page.getByText("Nothing is connected yet.").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Connect a cloud" }).waitFor();
  await context.close();
});

test("where the browser refuses storage the page works, and says that it keeps nothing", async () => {
  for (const refuse of [
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException(
          "A mutation operation was attempted on a database that did not allow it.",
          "SecurityError",
        );
      };
    },
    () => {
      // There is a request and it fails, here because a newer version of the database lies there.
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function (name) {
        open.call(this, name, 99);
        return open.call(this, name, 1);
      };
    },
    () => {
      Object.defineProperty(globalThis, "indexedDB", { value: undefined });
    },
  ]) {
    const context = await browser.newContext();
    await context.addInitScript(refuse);
    const page = await visit(cloud.url, context);
    const note = page.getByText("This browser keeps nothing for this page: the list is gone after a reload.");
    await note.waitFor();
    await start(page, "Write a line without storage");
    await page.getByRole("region", { name: "Session" }).locator(".facts").getByText("completed").waitFor();
    assert.deepEqual(page.errors, []);
    await context.close();
  }

  const page = await visit(cloud.url);
  await page.getByText("Choose a session to read it").waitFor();
  assert.equal(await page.getByText("keeps nothing for this page").isVisible(), false);
  await page.close();
});

test("GitHub is added beside the local cloud, and its refusal is told with its way on", async () => {
  const context = await browser.newContext();
  const page = await visit(cloud.url, context);
  const seen = [];
  await context.route("https://api.github.com/**", (route) => {
    seen.push(route.request().headers().authorization);
    return route.fulfill({
      status: 401,
      headers: { "access-control-allow-origin": "*" },
      json: { message: "Bad credentials", documentation_url: "https://docs.github.com/rest" },
    });
  });
  await page.getByRole("button", { name: "Connections" }).click();
  const dialog = page.getByRole("dialog", { name: "Connections" });
  await dialog.getByRole("radio", { name: "GitHub" }).check();
  await dialog.getByLabel("Token").fill("ghp_example");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  const alert = dialog.getByRole("alert").filter({ hasText: "Bad credentials" });
  await alert.waitFor();
  assert.ok(seen.filter(Boolean).length > 0);
  assert.ok(
    seen.filter(Boolean).every((header) => header === "Bearer ghp_example"),
    "no other token goes there",
  );
  await dialog.getByRole("listitem").filter({ hasText: "GitHub" }).waitFor({ state: "detached" });
  await context.close();
});

test("a GitHub whose agent tasks are read elsewhere is found there again after a reload, with its token", async () => {
  const context = await browser.newContext();
  const asked = [];
  let accepts = false;
  const agents = "https://agents.example/tasks-api";
  const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  await context.route(/^https:\/\/(api\.github\.com|agents\.example)\//, (route) => {
    const request = route.request();
    if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers });
    asked.push({ url: request.url(), authorization: request.headers().authorization });
    if (!accepts) return route.fulfill({ status: 401, headers, json: { message: "Bad credentials" } });
    return route.fulfill({ status: 200, headers, json: request.url().startsWith(agents) ? { tasks: [] } : {} });
  });
  const page = await visit(host.url, context);
  const form = page.locator(".hello");
  await form.getByRole("radio", { name: "GitHub" }).check();
  await form.getByLabel("Agent tasks address").fill(agents);
  await form.getByLabel("Token").fill("ghp_example");
  await form.getByRole("checkbox", { name: "Remember on this device" }).check();
  await form.getByRole("button", { name: "Connect", exact: true }).click();
  await form.getByRole("alert").filter({ hasText: "Bad credentials" }).waitFor();
  assert.equal(await form.getByLabel("Agent tasks address").inputValue(), agents);
  assert.equal(await form.getByLabel("Token").inputValue(), "ghp_example");

  accepts = true;
  await form.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("Choose a session to read it").waitFor();
  await page.close();

  asked.length = 0;
  const later = await context.newPage();
  const isTasks = (url) => url.startsWith(agents) || url.startsWith("https://api.github.com/agents");
  const [request] = await Promise.all([
    later.waitForRequest((candidate) => candidate.method() === "GET" && isTasks(candidate.url())),
    later.goto(host.url),
  ]);
  assert.equal(request.headers().authorization, "Bearer ghp_example");
  await later.getByText("Choose a session to read it").waitFor();
  assert.deepEqual(
    [...new Set(asked.filter(({ url }) => isTasks(url)).map(({ url }) => new URL(url).origin))],
    ["https://agents.example"],
  );
  await context.close();
});

test("a new token is taken where the connection was, though only the token is entered", async () => {
  const context = await browser.newContext();
  const page = await visit(host.url, context);
  await connect(page, { token: cloud.token });
  await page.getByText("Choose a session to read it").waitFor();
  await context.route(`${cloud.api}/agents/**`, (route) =>
    route.fulfill({
      status: 401,
      headers: { "access-control-allow-origin": host.url },
      json: { message: "Bad credentials" },
    }),
  );
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("button", { name: "Connections (one needs attention)" }).click();
  const dialog = page.getByRole("dialog", { name: "Connections" });
  await dialog.getByRole("button", { name: "New token" }).click();
  await context.unroute(`${cloud.api}/agents/**`);
  await dialog.getByLabel("Token").fill(cloud.token);
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Connections", exact: true }).waitFor();
  await context.close();
});
