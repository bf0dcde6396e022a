import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { briefSays } from "./handoff-pane.mjs";
import { openStage, row } from "./stage.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const STATES = {
  "the list": async (page) => row(page, "Choose a licence").waitFor(),
  "an empty list": async (page) => page.getByText("Nothing here yet").waitFor(),
  "a finished session": async (page) => {
    await row(page, "Fix the CSV parser, ").click();
    await page.getByRole("region", { name: "Changes" }).locator("td.code").first().waitFor();
  },
  "a running session": async (page) => {
    await row(page, "Fix the CSV parser that drops").click();
    await page.getByRole("log", { name: "Activity" }).waitFor();
  },
  "a question": async (page) => {
    await row(page, "Choose a licence").click();
    await page.getByRole("group", { name: "Question" }).waitFor();
  },
  "a failed session": async (page) => {
    await row(page, "Upgrade to the next").click();
    await page.getByText("The agent ended with exit code 3.").waitFor();
  },
  "a new session": async (page) => {
    await page.getByRole("button", { name: "New session" }).click();
    await page.getByText("The demo agent is no model").waitFor();
  },
  "an error in the form": async (page) => {
    await page.getByRole("button", { name: "New session" }).click();
    await page.getByRole("button", { name: "Start session" }).click();
    await page.getByText("Say what the agent should do.").waitFor();
  },
  "the connections": async (page) => {
    await page.getByRole("button", { name: "Connections" }).click();
    await page.getByRole("dialog", { name: "Connections" }).waitFor();
  },
  "a handoff to be read": async (page) => {
    await page.getByRole("button", { name: "Hand off" }).click();
    await page.getByText("Drop a conversation here").waitFor();
  },
  "a handoff that cannot be read": async (page) => {
    const failure = { code: "invalid", message: "This is no conversation.", hint: "Choose the transcript itself." };
    await page.evaluate((why) => window.source.fail("openHandoff", why), failure);
    await page.evaluate(() => window.view.handOff({ kind: "text", text: "nothing" }));
    await page.getByText("This is no conversation.").waitFor();
  },
  "a handoff's preview": async (page) => {
    await page.evaluate(() => window.view.handOff({ kind: "text", text: "a transcript" }));
    await page.getByRole("group", { name: "Text of the brief" }).waitFor();
    await page.getByRole("switch").first().check();
    await page.getByText("ghp_original").waitFor();
    await briefSays(page, "were pushed to branch");
  },
  "a handoff of others, without a place": async (page) => {
    await page.evaluate(() => {
      const { handoff } = window.source.story;
      handoff.foreign = true;
      handoff.workspace.branch = undefined;
    });
    await page.evaluate(() => window.view.handOff({ kind: "text", text: "a bundle" }));
    await page.getByText("The conversation names no branch").waitFor();
    // A brief that is being made anew is dimmed.
    await briefSays(page, "were pushed to branch");
  },
  "the first visit": async (page) => page.getByRole("heading", { name: "Connect a cloud" }).waitFor(),
};
const WORLDS = { "an empty list": "empty", "the first visit": "nothing" };
const worldOf = (name) => WORLDS[name] ?? (name.startsWith("a handoff") ? "handoff" : "week");

for (const colorScheme of ["light", "dark"]) {
  for (const [name, reach] of Object.entries(STATES)) {
    test(`${name} has no barrier that axe can see, ${colorScheme}`, async () => {
      const page = await stage.page(worldOf(name), { colorScheme, reducedMotion: "reduce", bypassCSP: true });
      await reach(page);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run());
      const told = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
      );
      assert.deepEqual(told, []);
      await page.context().close();
    });
  }
}
