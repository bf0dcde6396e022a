// Servers that answer wrongly: each failure is told with a hint where it happened, nothing is lost, the tab lives on.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launchBrowser } from "../../harness/browser.mjs";
import { startLocalCloud } from "../../harness/local-cloud.mjs";
import { createRepository } from "../../harness/repository.mjs";
import { openPage } from "../page.mjs";
import { afterwards, cut, gone, html, huge, sentOn, startFaultyProxy, status, truncated } from "./faulty-proxy.mjs";

const TITLE = "Rake the leaves";
const PROXY_HINT = "a proxy or a sign-in page may stand in between";
/** What stands where, when a refresh of the list meets it, and words of the advice that belongs to it. */
const FAULTS = [
  ["401", status(401, "Bad credentials"), "connect again"],
  ["403", status(403, "Resource not accessible by personal access token"), "permission"],
  ["404", status(404, "Not Found"), "Check"],
  ["409", status(409, "Conflict"), "Refresh to see how things stand now"],
  ["422", status(422, "Validation Failed"), "try again"],
  [
    "429 with Retry-After",
    status(429, "API rate limit exceeded", { "retry-after": "120" }),
    "Wait until the provider takes requests again",
  ],
  ["500", status(500, "Server Error"), "if it lasts, look at the provider's status page"],
  ["a web page instead of JSON", html, PROXY_HINT],
  ["truncated JSON", truncated, "the address may belong to another service"],
  ["fifty megabytes", huge, "Ask for less"],
  ["an answer cut in the middle", cut, "Check the connection and the address of the provider"],
  ["no answer", gone, "Check the connection and the address of the provider"],
];
const isList = (request) =>
  request.method === "GET" && /^\/api\/agents\/(repos\/[^/]+\/[^/]+\/)?tasks(\?|$)/.test(request.url);
const isStart = (request) =>
  request.method === "POST" && /^\/api\/agents\/repos\/[^/]+\/[^/]+\/tasks$/.test(request.url);

let repository;
let cloud;
let proxy;
let browser;

before(async () => {
  repository = await createRepository("garden");
  cloud = await startLocalCloud({ repositories: [repository.path] });
  proxy = await startFaultyProxy(cloud);
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await proxy?.close();
  await cloud?.stop();
  await repository?.remove();
});
beforeEach(() => {
  proxy.fault = () => undefined;
});

const titles = async () =>
  (await (await cloud.call("/agents/tasks?per_page=100")).json()).tasks.map((task) => task.name);

/** A notice has a message and below it a sentence of advice that holds these words. */
async function hasHint(alert, words) {
  const [message, ...advice] = (await alert.innerText()).split("\n").filter((line) => line.trim() !== "");
  assert.ok(
    advice.some((line) => line.includes(words)),
    `“${words}” below “${message}”, not: ${advice.join(" / ")}`,
  );
}

test("the list survives what a refresh meets", async (t) => {
  const tab = await openPage(proxy.url, { browser });
  await tab.start(TITLE);
  await tab.row(TITLE, "(completed|idle)").waitFor();

  for (const [name, behaviour, hint] of FAULTS) {
    await t.test(name, async () => {
      proxy.fault = (request) => (isList(request) ? behaviour : undefined);
      await tab.button("Refresh").click();
      const alert = tab.alert("Local cloud");
      await alert.waitFor();
      await hasHint(alert, hint);
      assert.equal(await tab.row(TITLE).count(), 1, "the row is still there");

      proxy.fault = () => undefined;
      if (name === "401") {
        // A refused token is not tried again by itself; the person gives one.
        await tab.page.reload();
      } else if (name.startsWith("429")) {
        // Retry-After is obeyed, so the way on here is a new tab's visit.
        await tab.page.reload();
      } else {
        await tab.button("Refresh").click();
      }
      await tab.alert("Local cloud").waitFor({ state: "detached" });
      await tab.row(TITLE, "(completed|idle)").waitFor();
    });
  }
  assert.deepEqual(tab.thrown, []);
  await tab.close();
});

test("a start that is refused keeps the prompt and says why", async (t) => {
  for (const [name, behaviour, hint] of FAULTS.filter(
    ([, behave]) => ![html, truncated, huge, cut, gone].includes(behave),
  )) {
    await t.test(name, async () => {
      const tab = await openPage(proxy.url, { browser });
      const prompt = `Trim the hedge under ${name}`;
      proxy.fault = (request) => (isStart(request) ? behaviour : undefined);
      await tab.start(prompt);
      const alert = tab.alert("not started").or(tab.alert("Local cloud")).first();
      await alert.waitFor();
      await hasHint(alert, hint);
      await tab.holds(tab.prompt, prompt);
      assert.equal((await titles()).includes(prompt), false, "it was not started");
      assert.deepEqual(tab.thrown, []);
      await tab.close();
    });
  }
});

test("a start whose answer cannot be read is found again and not sent twice", async (t) => {
  for (const [name, behaviour] of FAULTS.filter(([, behave]) => [html, truncated, huge, cut, gone].includes(behave))) {
    await t.test(name, async () => {
      const tab = await openPage(proxy.url, { browser });
      const prompt = `Mow the lawn despite ${name}`;
      let sent = 0;
      proxy.fault = (request) => {
        if (!isStart(request)) return undefined;
        sent += 1;
        return afterwards(cloud, behaviour);
      };
      await tab.start(prompt);
      await tab.session.waitFor();
      await tab.button("Refresh").click();
      await tab.row(prompt, "(completed|idle)").waitFor();
      assert.equal(sent, 1, "sent once");
      assert.equal((await titles()).filter((title) => title === prompt).length, 1, "started once");
      assert.equal(await tab.row(prompt).count(), 1, "one row");
      assert.deepEqual(tab.thrown, []);
      await tab.close();
    });
  }
});

test("a stream of events that breaks goes on by itself", async () => {
  const tab = await openPage(proxy.url, { browser });
  await tab.start("Ask me before pruning");
  await tab.question.waitFor();
  proxy.fault = (request) => (/\/events(\?|$)/.test(request.url) ? cut : undefined);
  await proxy.met();
  proxy.fault = () => undefined;
  await tab.question.getByRole("button", { name: "At the end" }).click();
  await tab.row("Ask me before pruning", "(completed|idle)").waitFor();
  assert.deepEqual(tab.thrown, []);
  await tab.close();
});

test("a stream that is refused is told in the session, and goes on once it is allowed again", async () => {
  const tab = await openPage(proxy.url, { browser });
  await tab.start("Ask me before watering");
  await tab.question.waitFor();
  const refuse = status(403, "Resource not accessible by personal access token");
  proxy.fault = (request) => (/\/events(\?|$)/.test(request.url) ? refuse : undefined);
  const alert = tab.session.getByRole("alert").first();
  await alert.waitFor();
  await hasHint(alert, "permission");
  proxy.fault = () => undefined;
  await alert.getByRole("button").first().click();
  await tab.question.getByRole("button", { name: "At the end" }).click();
  await tab.row("Ask me before watering", "(completed|idle)").waitFor();
  assert.deepEqual(tab.thrown, []);
  await tab.close();
});

test("a start that is sent on to another server is refused, and nothing of it gets there", async () => {
  const elsewhere = await startFaultyProxy(cloud);
  try {
    const tab = await openPage(proxy.url, { browser });
    proxy.fault = (request) => (isStart(request) ? sentOn(`${elsewhere.url}${request.url}`) : undefined);
    await tab.start("Do not tell the neighbours");
    const alert = tab.alert("another address");
    await alert.waitFor();
    await hasHint(alert, "renamed");
    await tab.holds(tab.prompt, "Do not tell the neighbours");
    assert.deepEqual(elsewhere.asked, []);
    await tab.close();
  } finally {
    await elsewhere.close();
  }
});

test("an empty prompt is told at the field and nothing is sent", async () => {
  const tab = await openPage(proxy.url, { browser });
  const before = await titles();
  await tab.button("New session").first().click();
  await tab.holds(tab.repository, repository.name);
  await tab.button("Start session").click();
  await tab.page
    .getByRole("alert")
    .filter({ hasText: /prompt|what/i })
    .first()
    .waitFor();
  assert.deepEqual(await titles(), before);
  await tab.close();
});

test("a repository that is not there is told, and the prompt stays", async () => {
  const tab = await openPage(proxy.url, { browser });
  await tab.start("Plant an oak", { repository: "local/nowhere" });
  const alert = tab.alert("not started");
  await alert.waitFor();
  await hasHint(alert, "Check");
  await tab.holds(tab.prompt, "Plant an oak");
  await tab.close();
});

test("a wrong token is told where it was entered", async () => {
  const shared = await startLocalCloud({ repositories: [repository.path], options: ["--no-page-token"] });
  const tab = await openPage(shared.url, { browser });
  const token = tab.page.getByLabel("Token").first();
  await tab.page.getByRole("radio", { name: /local/i }).first().check();
  await tab.page.getByLabel("Address").first().fill(shared.api);
  await token.fill("not-the-token");
  await tab.button("Connect").first().click();
  const alert = tab.alert("Could not connect");
  await alert.waitFor();
  await hasHint(alert, "Copy the token that the local cloud printed when it started");
  await token.fill(shared.token);
  await tab.button("Connect").first().click();
  await tab.button("New session").first().click();
  await tab.holds(tab.repository, repository.name);
  await tab.close();
  await shared.stop();
});

test("a server that is gone leaves the list, and its return brings it up to date", async () => {
  const mortal = await startLocalCloud({ repositories: [repository.path] });
  const tab = await openPage(mortal.url, { browser });
  await tab.start("Sweep the path");
  await tab.row("Sweep the path", "(completed|idle)").waitFor();
  await mortal.stop({ keepData: true });
  await tab.button("Refresh").click();
  const alert = tab.alert("Local cloud");
  await alert.waitFor();
  await hasHint(alert, "Check the connection and the address of the provider");
  assert.equal(await tab.row("Sweep the path").count(), 1);

  const again = await startLocalCloud({
    repositories: [repository.path],
    data: mortal.data,
    token: mortal.token,
    port: Number(new URL(mortal.url).port),
  });
  await tab.button("Refresh").click();
  await tab.alert("Local cloud").waitFor({ state: "detached" });
  await tab.row("Sweep the path", "(completed|idle)").waitFor();
  assert.deepEqual(tab.thrown, []);
  await tab.close();
  await again.stop({ keepData: false });
});
