import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { called, callsOf, openStage, row } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("each session is a list item that says its title and its status in words", async () => {
  const page = await stage.page("week");
  const list = page.getByRole("list", { name: "Sessions" });
  await list.getByRole("listitem").first().waitFor();
  const labels = await list.getByRole("listitem").evaluateAll((items) => items.map((item) => item.ariaLabel));
  assert.deepEqual(labels, [
    "Fix the CSV parser that drops the last field of a file without a final newline, in progress",
    "Choose a licence and add the file, needs input",
    "Write the release notes, not confirmed yet",
    "Fix the CSV parser, completed, unread",
    "Speed up the search index, idle",
    "Upgrade to the next major version, failed",
    "Port the tests to the new runner, timed out",
    "Translate the manual, cancelled, may be out of date",
  ]);
  assert.deepEqual(page.complaints, []);
});

test("the age is relative and its title holds the exact time", async () => {
  const page = await stage.page("week");
  const time = row(page, "Choose a licence").locator("time");
  assert.equal(await time.textContent(), "2 min");
  assert.match((await time.getAttribute("title")) ?? "", /20\d\d/);
});

test("ten thousand sessions scroll with a bounded number of rows in the document", async () => {
  const page = await stage.page("many");
  const list = page.getByRole("list", { name: "Sessions" });
  await row(page, "Session number 0,").waitFor();
  const count = () => list.getByRole("listitem").count();
  assert.ok((await count()) < 60, `${await count()} rows at the top`);
  await row(page, "Session number 0,").getByRole("link").focus();
  await page.keyboard.press("End");
  const last = row(page, "Session number 9999,");
  await last.waitFor();
  assert.ok((await count()) < 60, `${await count()} rows at the end`);
  assert.equal(await last.getAttribute("aria-posinset"), "10000");
  assert.equal(await last.getAttribute("aria-setsize"), "10000");
  const rows = (await callsOf(page, "rows")).reduce((sum, [, from, to]) => sum + to - from, 0);
  assert.ok(rows < 500, `${rows} rows were asked for`);
});

test("arrows move, Enter opens, Escape goes back to the row", async () => {
  const page = await stage.page("week");
  await row(page, "Choose a licence").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const region = page.getByRole("region", { name: "Session" });
  await region.getByRole("heading", { name: "Choose a licence and add the file" }).waitFor();
  await page.keyboard.press("Escape");
  await region.waitFor({ state: "detached" });
  const focused = await row(page, "Choose a licence")
    .getByRole("link")
    .evaluate((link) => link.matches(":focus"));
  assert.ok(focused, "the row has the focus again");
});

test("the keys n, /, r and ? do what their sheet says", async () => {
  const page = await stage.page("week");
  await row(page, "Choose a licence").waitFor();
  await page.keyboard.press("/");
  const filter = page.getByRole("searchbox", { name: "Filter sessions" });
  assert.ok(await filter.evaluate((field) => field.matches(":focus")));
  await page.keyboard.type("nr?");
  assert.equal(await filter.inputValue(), "nr?", "keys typed into a field stay text");
  await page.keyboard.press("Escape");
  await filter.evaluate((field) => field.blur());
  const before = (await callsOf(page, "refresh")).length;
  await page.keyboard.press("r");
  assert.deepEqual(await called(page, "refresh", before + 1), [{ force: true }]);
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await sheet.waitFor();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "hidden" });
  // On a busy machine the focus comes back a moment after the sheet is gone, and keys in a dialog are the dialog's.
  await page.waitForFunction(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return !active?.closest("dialog");
  });
  await page.keyboard.press("n");
  const prompt = page.getByRole("textbox", { name: "Prompt" });
  await prompt.waitFor();
  await page.waitForFunction(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.id === "prompt";
  });
});

test("text, status and archive narrow the list, and an empty answer offers the way back", async () => {
  const page = await stage.page("week");
  const list = page.getByRole("list", { name: "Sessions" });
  await row(page, "Choose a licence").waitFor();
  await page.getByRole("combobox", { name: "Status" }).selectOption({ label: "Failed (1)" });
  await row(page, "Choose a licence").waitFor({ state: "detached" });
  assert.equal(await list.getByRole("listitem").count(), 1);
  await page.getByLabel("Filter sessions").fill("no such thing");
  await page.getByText("Nothing matches this filter.").waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await row(page, "Choose a licence").waitFor();
  await page.getByRole("checkbox", { name: "Archived" }).check();
  await page.getByText("Nothing is archived.").waitFor();
});

test("what is on show stays until what the filter asks for is there", async () => {
  const page = await stage.page("week");
  const items = page.getByRole("list", { name: "Sessions" }).getByRole("listitem");
  await row(page, "Choose a licence").waitFor();
  const before = (await callsOf(page, "rows")).length;
  await page.evaluate(() => window.source.hold("rows"));
  await page.getByLabel("Filter sessions").fill("upgrade");
  await called(page, "rows", before + 1);
  assert.equal(await items.count(), 8);
  await page.evaluate(() => window.source.release("rows"));
  await row(page, "Choose a licence").waitFor({ state: "detached" });
  assert.equal(await items.count(), 1);
});

test("a list that cannot be read says so and offers another try", async () => {
  const page = await stage.page("late");
  await page.evaluate(() => {
    window.source.fail("sessions", { code: "storage", message: "The store is closed.", hint: "Reload the page." });
    window.view.source = window.source;
  });
  const alert = page.getByRole("alert").filter({ hasText: "The store is closed." });
  await alert.waitFor();
  await page.evaluate(() => window.source.heal("sessions"));
  await alert.getByRole("button", { name: "Retry" }).click();
  await row(page, "Choose a licence").waitFor();
  await alert.waitFor({ state: "hidden" });
});

test("a change in the list is drawn without a reload and without losing the place", async () => {
  const page = await stage.page("week");
  await row(page, "Choose a licence").getByRole("link").focus();
  await page.evaluate(() => {
    window.source.put({ ...window.source.details.get("local/ask"), status: "completed", read: true });
  });
  const changed = page.getByRole("listitem", { name: "Choose a licence and add the file, completed" });
  await changed.waitFor();
  assert.ok(await changed.getByRole("link").evaluate((link) => link.matches(":focus")));
});

test("a connection that cannot be read is an alert with a hint and a way on", async () => {
  const page = await stage.page("week");
  await row(page, "Choose a licence").waitFor();
  await page.evaluate(() => {
    window.source.refreshErrors = {
      github: { code: "network", message: "GitHub did not answer.", hint: "Check the network.", provider: "github" },
    };
  });
  await page.getByRole("button", { name: "Refresh" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "GitHub did not answer." });
  await alert.waitFor();
  assert.match((await alert.textContent()) ?? "", /Check the network\./);
  await page.evaluate(() => {
    window.source.refreshErrors = {};
  });
  await alert.getByRole("button", { name: "Retry" }).click();
  await alert.waitFor({ state: "hidden" });
  assert.equal(await page.getByRole("list", { name: "Sessions" }).getByRole("listitem").count(), 8);
});

test("a token that is refused leads to the connection that wants a new one", async () => {
  const page = await stage.page("week");
  await row(page, "Choose a licence").waitFor();
  await page.evaluate(() => {
    window.source.refreshErrors = {
      github: { code: "unauthorized", message: "The token was refused.", hint: "Enter a new one.", provider: "github" },
    };
  });
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("button", { name: "Connect again" }).click();
  const dialog = page.getByRole("dialog", { name: "Connections" });
  await dialog.getByLabel("Token").fill("ghp_new");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  const [request] = await called(page, "connect");
  assert.deepEqual(request, { kind: "github", id: "github", label: "GitHub", token: "ghp_new", remember: false });
  await dialog.waitFor({ state: "hidden" });
});

test("offline is said, and the list stays", async () => {
  const page = await stage.page("week");
  await row(page, "Choose a licence").waitFor();
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  assert.equal(await page.getByRole("list", { name: "Sessions" }).getByRole("listitem").count(), 8);
  await page.context().setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "detached" });
});

test("below 720 px there is one column, and nothing scrolls sideways at 320 px", async () => {
  const page = await stage.page("week", { width: 320, height: 640 });
  await row(page, "Fix the CSV parser, ").click();
  const region = page.getByRole("region", { name: "Session" });
  await region.waitFor();
  assert.ok(await page.getByRole("list", { name: "Sessions" }).isHidden());
  await region.getByRole("region", { name: "Changes" }).waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 320);
  const overflow = await region
    .locator(".scroll")
    .first()
    .evaluate((pane) => pane.scrollWidth - pane.clientWidth);
  assert.equal(overflow, 0);
  await page.getByRole("button", { name: "Back to the list" }).click();
  await row(page, "Choose a licence").waitFor();
});
