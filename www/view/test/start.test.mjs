import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { called, callsOf, openStage } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("New session, a prompt and Start session start at once and open the session", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  await page.getByRole("button", { name: "Start session" }).click();
  const [request] = await called(page, "start");
  assert.deepEqual(request, {
    provider: "local",
    repository: "local/demo",
    prompt: "Add a changelog",
    baseRef: "main",
    createPullRequest: false,
  });
  await page.getByRole("region", { name: "Session" }).getByRole("heading", { name: "Add a changelog" }).waitFor();
  await page.getByRole("status").getByText("Session started: Add a changelog").waitFor();
});

test("every choice is sent, and what leaves is said before it does", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("combobox", { name: "Provider" }).selectOption({ label: "Local cloud" });
  await page.getByLabel("Repository").fill("local/shop");
  await page.getByLabel("Base branch").fill("release/1.x");
  await page.getByRole("combobox", { name: "Agent" }).selectOption({ label: "Demo" });
  await page.getByRole("combobox", { name: "Model" }).selectOption({ label: "Small model" });
  await page.getByRole("checkbox", { name: "Create pull request" }).check();
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  const leaves = page.getByText("Sent to Local cloud:").locator("..");
  const said = ((await leaves.textContent()) ?? "").replace(/\s+/g, " ");
  for (const part of ["local/shop", "release/1.x", "Demo", "Small model", "A pull request is opened."]) {
    assert.ok(said.includes(part), `“${part}” is said in: ${said}`);
  }
  await page.getByRole("button", { name: "Start session" }).click();
  const [request] = await called(page, "start");
  assert.deepEqual(request, {
    provider: "local",
    repository: "local/shop",
    prompt: "Add a changelog",
    baseRef: "release/1.x",
    agent: "demo",
    model: "small",
    createPullRequest: true,
  });
});

test("Start session pressed before the repositories are known waits for them", async () => {
  const page = await stage.page("empty");
  await page.evaluate(() => window.source.hold("repositories"));
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  await page.getByRole("button", { name: "Start session" }).click();
  assert.deepEqual(await callsOf(page, "start"), []);
  await page.evaluate(() => window.source.release("repositories"));
  const [request] = await called(page, "start");
  assert.equal(request.repository, "local/demo");
});

test("Start session pressed before the connections are known waits for them, and keeps what was chosen", async () => {
  const page = await stage.page("late");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  await page.getByLabel("Repository").fill("local/shop");
  await page.getByLabel("Base branch").fill("next");
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByText("Starting…").waitFor();
  await page.evaluate(() => {
    window.view.source = window.source;
  });
  const [request] = await called(page, "start");
  assert.equal(request.repository, "local/shop");
  assert.equal(request.baseRef, "next");
});

test("a base branch that was emptied stays empty, and then none is sent", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  const field = page.getByLabel("Base branch");
  await page.waitForFunction(() => window.source.calls.some(([name]) => name === "options"));
  await field.fill("");
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  assert.equal(await field.inputValue(), "");
  await page.getByRole("button", { name: "Start session" }).click();
  const [request] = await called(page, "start");
  assert.equal("baseRef" in request, false);
});

test("two clicks start one session", async () => {
  const page = await stage.page("week");
  await page.evaluate(() => window.source.hold("start"));
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  await page.getByRole("button", { name: "Start session" }).dblclick();
  await page.getByText("Starting…").waitFor();
  await page.evaluate(() => window.source.release("start"));
  await page.getByRole("region", { name: "Session" }).waitFor();
  assert.equal((await callsOf(page, "start")).length, 1);
});

test("an empty prompt is an error at its field", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByRole("alert").getByText("Say what the agent should do.").waitFor();
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  assert.equal(await prompt.getAttribute("aria-invalid"), "true");
  assert.deepEqual(await callsOf(page, "start"), []);
  await prompt.fill("x");
  await page.getByText("Say what the agent should do.").waitFor({ state: "detached" });
});

test("a prompt beyond the provider's limit is refused before it is sent", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill("x".repeat(30_005));
  await page.getByText("The prompt is 5 characters too long for Local cloud.").waitFor();
  await page.getByRole("button", { name: "Start session" }).click();
  assert.deepEqual(await callsOf(page, "start"), []);
});

test("a refused start says why, and keeps the prompt", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  const failure = {
    code: "not-found",
    message: "There is no such repository.",
    hint: "Check its name.",
    requestId: "R1",
  };
  await page.evaluate((why) => window.source.fail("start", why), failure);
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  await page.getByRole("button", { name: "Start session" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "There is no such repository." });
  await alert.getByText("Check its name.").waitFor();
  await alert.getByText("R1").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Prompt" }).inputValue(), "Add a changelog");
});

test("a repository that is no owner/name is an error at its field", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByLabel("Repository").fill("nonsense");
  await page.getByRole("textbox", { name: "Prompt" }).fill("Add a changelog");
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByText("Enter a repository as owner/name.").waitFor();
  assert.deepEqual(await callsOf(page, "start"), []);
});

test("the repository is chosen from the suggestions by keyboard", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  const field = page.getByRole("combobox", { name: "Repository" });
  await field.focus();
  await field.press("ArrowDown");
  await page.getByRole("option", { name: "local/shop" }).waitFor();
  assert.equal(await field.getAttribute("aria-expanded"), "true");
  await field.press("ArrowDown");
  await field.press("Enter");
  assert.equal(await field.inputValue(), "local/shop");
  assert.equal(await field.getAttribute("aria-expanded"), "false");
  await page.waitForFunction(() =>
    window.source.calls.some(([name, , repository]) => name === "options" && repository === "local/shop"),
  );
});

test("the suggestions stay away until they are asked for by typing, an arrow or a click", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  const field = page.getByRole("combobox", { name: "Repository" });
  await page.waitForFunction(() => window.source.calls.some(([name]) => name === "options"));
  assert.equal(await page.getByRole("option", { name: "local/shop" }).isVisible(), false);
  await page.getByRole("combobox", { name: "Provider" }).focus();
  await page.keyboard.press("Tab");
  assert.ok(await field.evaluate((input) => input.matches(":focus")));
  assert.equal(await field.getAttribute("aria-expanded"), "false");
  await field.click();
  assert.equal(await field.getAttribute("aria-expanded"), "true");
  await page.keyboard.press("Escape");
  assert.equal(await field.getAttribute("aria-expanded"), "false");
  await field.fill("local/s");
  assert.equal(await field.getAttribute("aria-expanded"), "true");
});

test("going back keeps what was typed", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill("Half a thought");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Prompt" }).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "New session" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Prompt" }).inputValue(), "Half a thought");
});

test("with nothing connected the way on is a connection", async () => {
  const page = await stage.page("nothing");
  await page.getByRole("heading", { name: "Connect a cloud" }).waitFor();
  const form = page.locator(".hello");
  await form.getByRole("button", { name: "Connect" }).click();
  await form.getByText("Enter a token.").waitFor();
  await form.getByRole("radio", { name: "Local cloud" }).check();
  await form.getByLabel("Address").fill("nowhere");
  await form.getByLabel("Token").fill("secret");
  await form.getByRole("button", { name: "Connect" }).click();
  await form.getByText("Enter an address such as").waitFor();
  await form.getByLabel("Address").fill("http://127.0.0.1:4180/");
  await form.getByRole("checkbox", { name: "Remember on this device" }).check();
  await form.getByRole("button", { name: "Connect" }).click();
  const [request] = await called(page, "connect");
  assert.deepEqual(request, {
    kind: "local",
    baseUrl: "http://127.0.0.1:4180/api",
    token: "secret",
    remember: true,
  });
  await page.getByText("Nothing here yet").waitFor();
});

test("GitHub is connected by way of the agent tasks address that was entered", async () => {
  const page = await stage.page("nothing");
  const form = page.locator(".hello");
  const address = form.getByRole("textbox", { name: "Agent tasks address" });
  assert.equal(await address.getAttribute("placeholder"), "https://api.githubcopilot.com/agents");
  await form.getByText("GitHub keeps its agent tasks from web pages at api.github.com").waitFor();
  await form.getByLabel("Token").fill("secret");
  await address.fill("nowhere");
  await form.getByRole("button", { name: "Connect" }).click();
  await form.getByText("Enter an address such as https://api.githubcopilot.com/agents, or leave it empty.").waitFor();
  assert.deepEqual(await callsOf(page, "connect"), []);
  await address.fill("https://agents.example/tasks/");
  await form.getByRole("button", { name: "Connect" }).click();
  const [request] = await called(page, "connect");
  assert.deepEqual(request, {
    kind: "github",
    agentsUrl: "https://agents.example/tasks",
    token: "secret",
    remember: false,
  });
});

test("GitHub is connected without an agent tasks address when none was entered", async () => {
  const page = await stage.page("nothing");
  const form = page.locator(".hello");
  await form.getByLabel("Token").fill("secret");
  await form.getByRole("button", { name: "Connect" }).click();
  const [request] = await called(page, "connect");
  assert.deepEqual(request, { kind: "github", token: "secret", remember: false });
});

test("a connection that fails keeps what was typed, also while another kind is looked at", async () => {
  const page = await stage.page("nothing");
  const failure = { code: "network", message: "No such host.", hint: "Check the address." };
  await page.evaluate((why) => window.source.fail("connect", why), failure);
  const form = page.locator(".hello");
  const kind = (name) => form.getByRole("radio", { name });
  await kind("Local cloud").check();
  await form.getByLabel("Address").fill("https://cloud.example/api");
  await kind("GitHub").check();
  await form.getByLabel("Agent tasks address").fill("https://agents.example/tasks");
  await form.getByLabel("Token").fill("secret");
  await form.getByRole("checkbox", { name: "Remember on this device" }).check();
  await form.getByRole("button", { name: "Connect" }).click();
  await form.getByRole("alert").getByText("No such host.").waitFor();
  assert.ok(await kind("GitHub").isChecked());
  assert.equal(await form.getByLabel("Agent tasks address").inputValue(), "https://agents.example/tasks");
  assert.equal(await form.getByLabel("Token").inputValue(), "secret");
  assert.ok(await form.getByRole("checkbox", { name: "Remember on this device" }).isChecked());
  await kind("Local cloud").check();
  assert.equal(await form.getByLabel("Address").inputValue(), "https://cloud.example/api");
  assert.equal(await form.getByLabel("Token").inputValue(), "", "a token goes to the service it was entered for");
  assert.equal(await form.getByText("No such host.").count(), 0);
  await kind("GitHub").check();
  assert.equal(await form.getByLabel("Token").inputValue(), "secret");
  assert.equal(await form.getByLabel("Agent tasks address").inputValue(), "https://agents.example/tasks");
});

test("remembering on an origin that others share is warned of", async () => {
  const page = await stage.page("nothing");
  await page.evaluate(() => {
    window.source.whereRemembered = "shared-origin";
    window.view.source = undefined;
  });
  await page.evaluate(() => {
    window.view.source = window.source;
  });
  const form = page.locator(".hello");
  await form.getByRole("checkbox", { name: "Remember on this device" }).check();
  await form.getByRole("alert").getByText("Other projects are served from this address too").waitFor();
});

test("connections are listed with their state, road and note, and can be closed", async () => {
  const page = await stage.page("week");
  await page.getByRole("button", { name: "Connections" }).click();
  const dialog = page.getByRole("dialog", { name: "Connections" });
  const github = dialog.getByRole("listitem").filter({ hasText: "GitHub" });
  const said = ((await github.textContent()) ?? "").replace(/\s+/g, " ");
  for (const part of ["connected", "by way of agent tasks", "This road starts and lists"]) {
    assert.ok(said.includes(part), `“${part}” in: ${said}`);
  }
  await dialog.getByRole("button", { name: "Disconnect GitHub" }).click();
  assert.deepEqual(await called(page, "disconnect"), ["github"]);
  await github.waitFor({ state: "detached" });
});
