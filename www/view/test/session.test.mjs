import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { called, callsOf, openStage, row } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

async function open(page, start) {
  await row(page, start).click();
  const region = page.getByRole("region", { name: "Session" });
  await region.getByRole("log", { name: "Activity" }).waitFor();
  return region;
}

test("a finished session shows its turns, its parts, its branch and its changes", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser, ");
  await region.getByRole("heading", { level: 3, name: "Fix the CSV parser" }).waitFor();
  await region.getByText("two things").waitFor();
  assert.ok(await region.getByText("cloud-agent/csv-2").first().isVisible());
  assert.ok(await region.getByText("1.4 AI credits, 2 premium requests").isVisible());
  const changes = region.getByRole("region", { name: "Changes" });
  await changes.getByText("3 files").waitFor();
  await changes.getByText("No diff to show").waitFor();
  await changes.locator("ins").first().waitFor();
  assert.deepEqual(page.complaints, []);
  await called(page, "markRead");
});

test("what is drawn by modules that cannot be had is there as it came", async () => {
  const page = await stage.page("week");
  await page.route(/\/(diff|markdown)-[^/]+\.js$/, (route) => route.abort());
  const region = await open(page, "Fix the CSV parser, ");
  await region.getByText("two things").waitFor();
  const changes = region.getByRole("region", { name: "Changes" });
  await changes.getByText("@@").first().waitFor();
  assert.equal(await changes.locator("ins").count(), 0);
  assert.deepEqual(
    page.complaints.filter((complaint) => !complaint.includes("net::ERR_FAILED")),
    [],
  );
});

test("a tool call unfolds to its input, its output and its exit code", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser that drops");
  const failing = region.locator("ca-part", { hasText: "1 failing" });
  assert.match((await failing.locator("summary").textContent()) ?? "", /bash\s+exit 1\s+failed/);
  await failing.locator("summary").click();
  await failing.getByText('"command": "npm test"').waitFor();
  assert.ok(await failing.getByText("1 failing").isVisible());
});

test("parts that grow are drawn whole and in place while the session is followed", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser that drops");
  await called(page, "follow");
  const say = (text) =>
    page.evaluate((words) => {
      window.source.emit("local/run", {
        kind: "part",
        turn: "t1",
        part: { kind: "text", id: "p9", text: words },
      });
    }, text);
  await say("The loop");
  await region.getByText("The loop", { exact: true }).waitFor();
  await say("The loop never flushes its **last** field.");
  await region.getByText("The loop never flushes its last field.").waitFor();
  assert.equal(await region.getByText("The loop", { exact: true }).count(), 0);
  assert.equal(await region.locator("ca-part").count(), 6);
  await page.evaluate(() => {
    const { turns, questions, ...session } = window.source.details.get("local/run");
    window.source.emit("local/run", {
      kind: "end",
      session: { ...session, status: "completed", rawStatus: "completed" },
    });
  });
  await region.getByText("Completed").waitFor();
  assert.equal(await region.getByRole("button", { name: "Stop" }).count(), 0);
  await page.getByRole("status").getByText("completed").waitFor();
});

test("a question is answered by one of its choices", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Choose a licence");
  const question = region.getByRole("group", { name: "Question" });
  await question.getByText("Which licence should I use?").waitFor();
  await question.getByRole("button", { name: "Apache-2.0" }).click();
  assert.deepEqual(await called(page, "send"), ["local/ask", { question: "q1", choice: "Apache-2.0" }]);
  await question.waitFor({ state: "detached" });
});

test("a question is answered in the person's own words", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Choose a licence");
  await region.getByRole("textbox", { name: "Message" }).fill("MPL-2.0, please");
  await region.getByRole("button", { name: "Send" }).click();
  assert.deepEqual(await called(page, "send"), ["local/ask", { question: "q1", text: "MPL-2.0, please" }]);
  await region.getByRole("group", { name: "Question" }).waitFor({ state: "detached" });
  assert.equal(await region.getByRole("textbox", { name: "Message" }).inputValue(), "");
});

test("a follow-up is sent, shown as sent, and the session is followed again", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser, ");
  const message = region.getByRole("textbox", { name: "Message" });
  await message.fill("Also handle tabs");
  await message.press("Enter");
  assert.deepEqual(await called(page, "send"), ["local/done", "Also handle tabs"]);
  await region.getByText("Sent; the agent reads it next.").waitFor();
  await called(page, "follow");
  await page.evaluate(() => {
    const turn = { id: "t2", request: { text: "Also handle tabs" }, parts: [], state: "running" };
    window.source.emit("local/done", { kind: "turn", turn });
  });
  await region.getByRole("heading", { level: 3, name: "Also handle tabs" }).waitFor();
  assert.equal(await region.getByText("Sent; the agent reads it next.").count(), 0);
});

test("a message that the agent did not live to read says so", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser, ");
  const message = region.getByRole("textbox", { name: "Message" });
  await message.fill("Also handle tabs");
  await message.press("Enter");
  await region.getByText("Sent; the agent reads it next.").waitFor();
  await called(page, "follow");
  const becomes = (kind, status) =>
    page.evaluate(
      ([kind, status]) => {
        const { turns, questions, ...session } = window.source.details.get("local/done");
        window.source.emit("local/done", { kind, session: { ...session, status, rawStatus: status } });
      },
      [kind, status],
    );
  await becomes("session", "failed");
  await region.getByText("Failed").first().waitFor();
  await region.getByText("Sent; the agent reads it next.").waitFor();
  await becomes("session", "in-progress");
  await region.getByText("Working…").waitFor();
  await becomes("end", "cancelled");
  await region.getByText("the session ended before the agent read it").waitFor();
  assert.ok(await region.getByText("Also handle tabs").isVisible());
});

test("a message that was not sent stays in the box, beside the reason", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser, ");
  await page.evaluate(() => {
    window.source.fail("send", { code: "conflict", message: "The session is busy.", hint: "Try again in a moment." });
  });
  const message = region.getByRole("textbox", { name: "Message" });
  await message.fill("Also handle tabs");
  await region.getByRole("button", { name: "Send" }).click();
  const alert = region.getByRole("alert").filter({ hasText: "The session is busy." });
  await alert.getByText("Try again in a moment.").waitFor();
  assert.equal(await message.inputValue(), "Also handle tabs");
  await alert.getByRole("button", { name: "Dismiss" }).click();
  await alert.waitFor({ state: "hidden" });
});

test("what is typed for one session stays with it and is never offered to another", async () => {
  const page = await stage.page("week");
  const message = page.getByRole("region", { name: "Session" }).getByRole("textbox", { name: "Message" });
  await open(page, "Fix the CSV parser, ");
  await message.fill("For the parser only");
  await open(page, "Choose a licence");
  await page.getByRole("heading", { level: 2, name: "Choose a licence" }).waitFor();
  assert.equal(await message.inputValue(), "");
  await message.press("Enter");
  assert.deepEqual(await callsOf(page, "send"), []);
  await message.fill("MIT");
  await page.keyboard.press("Escape");
  await page.getByText("Choose a session to read it").waitFor();
  await open(page, "Fix the CSV parser, ");
  assert.equal(await message.inputValue(), "For the parser only");
  await open(page, "Choose a licence");
  await page.getByRole("heading", { level: 2, name: "Choose a licence" }).waitFor();
  assert.equal(await message.inputValue(), "MIT");
});

test("a message that arrives empties the box it came from, and only of its own words", async () => {
  const page = await stage.page("week");
  const message = page.getByRole("region", { name: "Session" }).getByRole("textbox", { name: "Message" });
  const send = async (text) => {
    await page.evaluate(() => window.source.hold("send"));
    await message.fill(text);
    await message.press("Enter");
  };
  const arrive = async () => {
    await page.evaluate(() => window.source.release("send"));
    await page.getByRole("status").getByText("Message sent").waitFor();
  };

  await open(page, "Fix the CSV parser, ");
  await send("Also handle tabs");
  await called(page, "send");
  await message.fill("And then quotes");
  await arrive();
  assert.equal(await message.inputValue(), "And then quotes");

  await send("Also handle quotes");
  await called(page, "send", 2);
  await open(page, "Choose a licence");
  await page.getByRole("heading", { level: 2, name: "Choose a licence" }).waitFor();
  await message.fill("Also handle quotes");
  await page.evaluate(() => window.source.release("send"));
  await open(page, "Fix the CSV parser, ");
  await page.getByRole("heading", { level: 2, name: "Fix the CSV parser", exact: true }).waitFor();
  assert.equal(await message.inputValue(), "");
  await open(page, "Choose a licence");
  await page.getByRole("heading", { level: 2, name: "Choose a licence" }).waitFor();
  assert.equal(await message.inputValue(), "Also handle quotes");
});

test("Stop, Archive, Unarchive and Create pull request are there when they can do something", async () => {
  const page = await stage.page("week");
  const button = (name) => page.getByRole("region", { name: "Session" }).getByRole("button", { name, exact: true });
  await open(page, "Fix the CSV parser that drops");
  assert.equal(await button("Create pull request").count(), 0);
  await button("Stop").click();
  assert.deepEqual(await called(page, "cancel"), ["local/run"]);
  await open(page, "Fix the CSV parser, ");
  await page.getByRole("heading", { level: 2, name: "Fix the CSV parser", exact: true }).waitFor();
  assert.equal(await button("Stop").count(), 0);
  await button("Create pull request").click();
  await page.getByText("#1 Made by the page").waitFor();
  assert.equal(await button("Create pull request").count(), 0);
  await button("Archive").click();
  await button("Unarchive").waitFor();
  await row(page, "Fix the CSV parser, completed").waitFor({ state: "detached" });
  await button("Unarchive").click();
  await button("Archive").waitFor();
});

test("the keyboard stays in the session when the button that was pressed has gone", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Choose a licence");
  const question = region.getByRole("group", { name: "Question" });
  await question.getByRole("button", { name: "Apache-2.0" }).press("Enter");
  await question.waitFor({ state: "detached" });
  await page.waitForFunction(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.localName === "h2";
  });
});

test("what a connection cannot do is not offered", async () => {
  const page = await stage.page("week");
  await row(page, "Speed up").waitFor();
  await page.evaluate(() => {
    const { provider } = window.make;
    const capabilities = { ...provider({ id: "github" }).capabilities, archive: false, followUp: false, steer: false };
    window.source.connections = [provider({ id: "github", kind: "github", label: "GitHub", capabilities })];
    window.source.connectionsChanged();
  });
  const region = await open(page, "Speed up");
  await region.getByText("GitHub takes no follow-up messages.").waitFor();
  assert.ok(await region.getByRole("textbox", { name: "Message" }).isDisabled());
  assert.equal(await region.getByRole("button", { name: "Archive" }).count(), 0);
});

test("a start that is not confirmed says that it is looked for, and becomes the session", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Write the release notes");
  await region.getByText("Not confirmed yet: looking for it.").waitFor();
  await page.evaluate(() => {
    const turn = { id: "t1", request: { text: "Write the release notes" }, parts: [], state: "running" };
    const detail = window.source.details.get("local/out");
    window.source.put({ ...detail, status: "in-progress", rawStatus: "in_progress", turns: [turn] });
  });
  await region.getByRole("heading", { level: 3, name: "Write the release notes" }).waitFor();
  assert.equal(await region.getByText("Not confirmed yet: looking for it.").count(), 0);
});

test("a start that is not confirmed can be given up, and its row goes", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Write the release notes");
  await region.getByRole("button", { name: "Give up" }).click();
  await region.waitFor({ state: "detached" });
  await row(page, "Write the release notes").waitFor({ state: "detached" });
});

test("a session that cannot be loaded keeps its header and offers another try", async () => {
  const page = await stage.page("week");
  await row(page, "Fix the CSV parser, ").waitFor();
  await page.evaluate(() => {
    window.source.fail("session", {
      code: "timeout",
      message: "It took too long.",
      hint: "Try again.",
      provider: "local",
    });
  });
  await row(page, "Fix the CSV parser, ").click();
  const region = page.getByRole("region", { name: "Session" });
  const alert = region.getByRole("alert").filter({ hasText: "It took too long." });
  await alert.waitFor();
  await region.getByRole("heading", { level: 2, name: "Fix the CSV parser" }).waitFor();
  await page.evaluate(() => window.source.heal("session"));
  await alert.getByRole("button", { name: "Retry" }).click();
  await region.getByText("two things").waitFor();
  await alert.waitFor({ state: "hidden" });
});

test("live updates that break off say so and can be taken up again", async () => {
  const page = await stage.page("week");
  const region = await open(page, "Fix the CSV parser that drops");
  await called(page, "follow");
  await page.evaluate(() => {
    window.source.cut("local/run", { code: "network", message: "The stream was cut.", hint: "Check the network." });
  });
  const alert = region.getByRole("alert").filter({ hasText: "The stream was cut." });
  await alert.getByRole("button", { name: "Retry" }).click();
  await called(page, "follow", 2);
  await alert.waitFor({ state: "hidden" });
});

test("leaving a session ends its follow", async () => {
  const page = await stage.page("week");
  await open(page, "Fix the CSV parser that drops");
  await page.waitForFunction(() => window.source.followers("local/run") === 1);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => window.source.followers("local/run") === 0);
  assert.equal((await callsOf(page, "follow")).length, 1);
});

test("a large diff is folded, and drawn in portions when it is unfolded", async () => {
  const page = await stage.page("week");
  await row(page, "Fix the CSV parser, ").waitFor();
  await page.evaluate(() => {
    const lines = Array.from({ length: 5000 }, (_, index) => `+line ${index}`);
    const diff = `@@ -0,0 +1,5000 @@\n${lines.join("\n")}\n`;
    const file = { path: "big.txt", status: "added", additions: 5000, deletions: 0, diff };
    window.source.files.set("local/done", [file]);
  });
  const region = await open(page, "Fix the CSV parser, ");
  const changes = region.getByRole("region", { name: "Changes" });
  await changes.getByText("big.txt").waitFor();
  assert.equal(await changes.locator("tr").count(), 0);
  await changes.getByText("big.txt").click();
  await changes.getByRole("button", { name: "Show all 5,000 lines" }).waitFor();
  assert.ok((await changes.locator("tr").count()) <= 501);
});

test("a diff line that looks like a file header stays a line", async () => {
  const page = await stage.page("week");
  await row(page, "Fix the CSV parser, ").waitFor();
  await page.evaluate(() => {
    const diff = "@@ -1,2 +1,2 @@\n--- a rule\n+++ another rule\n same\n";
    window.source.files.set("local/done", [{ path: "notes.md", status: "modified", additions: 1, deletions: 1, diff }]);
  });
  const region = await open(page, "Fix the CSV parser, ");
  const cells = region.getByRole("region", { name: "Changes" }).locator("td.code");
  await cells.first().waitFor();
  assert.deepEqual(await cells.allTextContents(), ["-- a rule", "++ another rule", "same"]);
});
