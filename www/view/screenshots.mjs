// Pictures of every state of a handoff, to be looked at: node www/view/screenshots.mjs FOLDER [STATE...]
//
// Over the scripted source of the tests, so that states which no cloud shows on demand can be reached. Each is taken wide
// and narrow, light and dark.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openStage, row } from "./test/stage.mjs";

const [, , folder = "screenshots", ...wanted] = process.argv;
const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];
const SCHEMES = ["light", "dark"];

const region = (page) => page.getByRole("region", { name: "Handoff preview" });

async function intake(page) {
  await page.getByRole("button", { name: "Hand off" }).click();
  await page.getByText("Drop a conversation here").waitFor();
}

async function preview(page) {
  await intake(page);
  await page.getByRole("textbox", { name: "Transcript, bundle or link" }).fill("Person: hello\nAgent: hello");
  await region(page).locator("pre").first().waitFor();
}

const scroll = (page, share) =>
  page.locator("ca-handoff").evaluate((pane, part) => {
    pane.scrollTop = (pane.scrollHeight - pane.clientHeight) * part;
  }, share);

const STATES = {
  empty: intake,
  dragging: async (page) => {
    await intake(page);
    await page.locator("ca-handoff").evaluate((pane) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "x.jsonl"));
      pane.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true, composed: true }));
    });
    await page.getByText("Drop it here").waitFor();
  },
  reading: async (page) => {
    await page.evaluate(() => window.source.hold("openHandoff"));
    await intake(page);
    const file = { name: "session.jsonl", mimeType: "application/json", buffer: Buffer.from("{}") };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText("Reading session.jsonl…").first().waitFor();
  },
  "reading-failed": async (page) => {
    await page.evaluate(() =>
      window.source.fail("openHandoff", {
        code: "invalid",
        message: "This is no conversation that this page knows.",
        hint: "Choose the transcript itself: a .jsonl, .json or .md file.",
      }),
    );
    await intake(page);
    await page.getByRole("textbox", { name: "Transcript, bundle or link" }).fill("{ not a conversation\n");
    await page.getByRole("alert").filter({ hasText: "could not be read" }).waitFor();
  },
  preview,
  "preview-middle": async (page) => {
    await preview(page);
    await scroll(page, 0.45);
  },
  "preview-end": async (page) => {
    await preview(page);
    await scroll(page, 1);
  },
  "preview-waiting": async (page) => {
    await page.evaluate(() => window.source.hold("previewHandoff"));
    await intake(page);
    await page.getByRole("textbox", { name: "Transcript, bundle or link" }).fill("Person: hello\nAgent: hello");
    await region(page).locator(".waiting").waitFor();
  },
  unmasked: async (page) => {
    await preview(page);
    await page.getByRole("switch").first().check();
    await page.getByText("goes out in clear").scrollIntoViewIfNeeded();
  },
  long: async (page) => {
    await page.evaluate(() => {
      const words = "word ".repeat(4);
      const many = (count, name) =>
        Array.from({ length: count }, (_, index) => ({
          item: `${name} ${index + 1}: ${words}`,
          why: "no room is left",
        }));
      const { story } = window.source;
      story.sections["last-turns"] =
        `## Last turns\n${"A line of the conversation that goes on for a while.\n".repeat(600)}`;
      story.omitted = many(240, "Turn");
      story.shortened = many(30, "Output");
      story.handoff.workspace.changes = Array.from({ length: 40 }, (_, index) => ({
        path: `src/a/rather/deep/folder/with/a/long/name/module-${index}.ts`,
        change: "modified",
        diff: `@@ -1 +1 @@\n-before ${index}\n+after ${index}\n`,
      }));
    });
    await preview(page);
    await scroll(page, 1);
  },
  pushed: async (page) => {
    await preview(page);
    const changes = page.locator("ca-handoff-changes");
    await changes.getByText("cloud-agents/handoff-x").waitFor();
    await changes.evaluate((element) => element.scrollIntoView());
  },
  "push-secrets": async (page) => {
    await page.evaluate(() => {
      window.source.story.push.secrets = [
        { path: "config/production.env", kind: "GitHub token", count: 1 },
        { path: "src/a/rather/deep/folder/with/a/long/name/client.ts", kind: "database password", count: 3 },
      ];
    });
    await preview(page);
    await page.getByRole("group", { name: "Secrets in the changes" }).waitFor();
    await page.locator("ca-handoff-changes").evaluate((element) => element.scrollIntoView());
  },
  "push-refused": async (page) => {
    await page.evaluate(() =>
      window.source.fail("preparePush", {
        code: "conflict",
        message: "“src/csv/parse.ts”: The changes do not fit the file as it is at the base commit.",
        hint: "Make the diff against the commit that is named as its base.",
      }),
    );
    await preview(page);
    const changes = page.locator("ca-handoff-changes");
    await changes.getByText("so they go into the brief").waitFor();
    await changes.evaluate((element) => element.scrollIntoView());
  },
  "changes-added": async (page) => {
    await page.evaluate(() => {
      window.source.story.handoff.workspace.changes = [];
    });
    await preview(page);
    const changes = page.locator("ca-handoff-changes");
    await changes.getByRole("button", { name: "Add changes…" }).click();
    await changes.getByRole("textbox", { name: "Changes as a diff" }).fill("diff --git a/a b/a\n");
    await changes.evaluate((element) => element.scrollIntoView());
  },
  "place-unknown": async (page) => {
    await page.evaluate(() => {
      const { workspace } = window.source.story.handoff;
      delete workspace.repository;
      delete workspace.branch;
      workspace.folder = "/srv/elsewhere";
    });
    await preview(page);
    await page.getByText("The conversation names no branch").waitFor();
  },
  "place-elsewhere": async (page) => {
    await page.evaluate(() => {
      Object.assign(window.source.story.handoff.workspace, {
        repository: "git@github.com:octo/garden.git",
        branch: "mole",
      });
    });
    await preview(page);
    await page.getByText("does not list octo/garden").first().waitFor();
  },
  foreign: async (page) => {
    await page.evaluate(() => {
      window.source.story.handoff.foreign = true;
    });
    await preview(page);
  },
  "foreign-end": async (page) => {
    await STATES.foreign(page);
    await scroll(page, 1);
  },
  "too-large": async (page) => {
    await preview(page);
    await page.getByRole("textbox", { name: "Prompt" }).fill("x ".repeat(20_000));
    await page.getByRole("alert").filter({ hasText: "The task alone has" }).waitFor();
    await scroll(page, 1);
  },
  refused: async (page) => {
    await page.evaluate(() =>
      window.source.fail("startHandoff", {
        code: "not-found",
        message: "There is no branch next in local/shop.",
        hint: "Push the branch first, or choose another.",
        requestId: "5C2A:1F",
      }),
    );
    await preview(page);
    await page.getByRole("button", { name: "Start session" }).click();
    await page.getByRole("alert").filter({ hasText: "was not started" }).waitFor();
  },
  started: async (page) => {
    await preview(page);
    await page.getByRole("button", { name: "Start session" }).click();
    await page.getByRole("region", { name: "Session" }).waitFor();
  },
  session: async (page) => {
    await row(page, "Fix the CSV parser, ").click();
    await page.getByRole("button", { name: "Download bundle" }).waitFor();
  },
  "session-failed": async (page) => {
    await page.evaluate(() =>
      window.source.fail("openHandoff", {
        code: "network",
        message: "The session could not be read.",
        hint: "Try again.",
      }),
    );
    await row(page, "Fix the CSV parser, ").click();
    await page.getByRole("button", { name: "Download bundle" }).click();
    await page.getByRole("alert").filter({ hasText: "could not be made" }).waitFor();
  },
};

await mkdir(folder, { recursive: true });
const stage = await openStage();
const failures = [];
try {
  for (const size of SIZES) {
    for (const colorScheme of SCHEMES) {
      for (const [name, reach] of Object.entries(STATES)) {
        if (wanted.length > 0 && !wanted.includes(name)) continue;
        const page = await stage.page("handoff", { ...size, colorScheme, reducedMotion: "reduce" });
        const file = `${name}-${size.width}-${colorScheme}.png`;
        await reach(page).catch((error) => failures.push(`${file}: ${error.message.split("\n")[0]}`));
        await page.screenshot({ path: join(folder, file) });
        await page.context().close();
      }
    }
  }
} finally {
  await stage.close();
}
if (failures.length > 0) {
  console.error(`Not reached:\n  ${failures.join("\n  ")}`);
  process.exit(1);
}
