// Pictures of every state of the page, to be looked at: node www/page/screenshots.mjs URL FOLDER
//
// URL is a local cloud with the demo agent. Each state is taken wide and narrow, light and dark.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launchBrowser } from "../../tests/harness/browser.mjs";

const [, , address = "http://127.0.0.1:4180/", folder = "screenshots"] = process.argv;
const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];
const SCHEMES = ["light", "dark"];

const region = (page) => page.getByRole("region", { name: "Session" });
const row = (page, start) => page.getByRole("listitem", { name: new RegExp(`^${start}`) });
const status = (page, word) => region(page).locator(".facts").getByText(word);

async function start(page, prompt) {
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: "Start session" }).click();
  await region(page).waitFor();
}

/** One session in each state that the demo agent knows. */
async function fill(page) {
  await page.goto(address);
  await start(page, "Say hello in DEMO.md\n\nOne line is enough.");
  await status(page, "completed").waitFor();
  await region(page).getByRole("textbox", { name: "Message" }).fill("And once more, with feeling");
  await region(page).getByRole("button", { name: "Send" }).click();
  await region(page).getByRole("heading", { level: 3, name: "And once more, with feeling" }).waitFor();
  await status(page, "completed").waitFor();
  await start(page, "Try what cannot work: fail");
  await status(page, "failed").waitFor();
  await start(page, "Write a greeting, but ask me where it goes");
  await region(page).getByRole("group", { name: "Question" }).waitFor();
}

const opens = (name) => async (page) => {
  await page.goto(address);
  await row(page, name).first().click();
  await region(page).getByRole("log", { name: "Activity" }).waitFor();
};

/** How each state is reached; the order matters only where a state needs a fresh profile. */
const STATES = {
  list: async (page) => {
    await page.goto(address);
    await row(page, "Say hello").waitFor();
  },
  finished: async (page) => {
    await opens("Say hello")(page);
    await region(page).getByRole("region", { name: "Changes" }).locator("td.code").first().waitFor();
  },
  changes: async (page) => {
    await STATES.finished(page);
    await region(page).getByRole("region", { name: "Changes" }).scrollIntoViewIfNeeded();
  },
  question: async (page) => {
    await opens("Write a greeting")(page);
    await region(page).getByRole("group", { name: "Question" }).waitFor();
  },
  failed: opens("Try what cannot work"),
  running: async (page) => {
    await page.goto(address);
    await start(page, "Take your time, be slow");
    await status(page, "in progress").waitFor();
    await region(page).locator("ca-part").first().waitFor();
  },
  stopped: async (page) => {
    await opens("Take your time")(page);
    const stop = region(page).getByRole("button", { name: "Stop" });
    if (await stop.isVisible()) await stop.click();
    await status(page, "cancelled").waitFor();
  },
  new: async (page) => {
    await page.goto(address);
    await page.getByRole("button", { name: "New session" }).click();
    await page
      .getByRole("textbox", { name: "Prompt" })
      .fill("Fix the flaky test in src/clock.rs and say why it was flaky.");
    await page.getByRole("combobox", { name: "Repository" }).click();
    await page.getByRole("listbox", { name: "Suggestions" }).getByRole("option").first().waitFor();
  },
  "new-without-prompt": async (page) => {
    await page.goto(address);
    await page.getByRole("button", { name: "New session" }).click();
    await page.getByRole("button", { name: "Start session" }).click();
    await page.getByText("Say what the agent should do.").waitFor();
  },
  "new-unknown-repository": async (page) => {
    await page.goto(address);
    await page.getByRole("button", { name: "New session" }).click();
    await page.getByRole("combobox", { name: "Repository" }).fill("local/nowhere");
    await page.getByRole("textbox", { name: "Prompt" }).fill("Say hello");
    await page.getByRole("button", { name: "Start session" }).click();
    await page.getByRole("alert").filter({ hasText: "was not started" }).waitFor();
  },
  connections: async (page) => {
    await page.goto(address);
    await row(page, "Say hello").waitFor();
    await page.getByRole("button", { name: "Connections" }).click();
    await page.getByRole("dialog", { name: "Connections" }).waitFor();
  },
  keys: async (page) => {
    await page.goto(address);
    await row(page, "Say hello").waitFor();
    await page.keyboard.press("?");
  },
  "nothing-matches": async (page) => {
    await page.goto(address);
    await page.getByLabel("Filter sessions").fill("no such thing");
    await page.getByText("Nothing matches").waitFor();
  },
  "nothing-archived": async (page) => {
    await page.goto(address);
    await page.getByRole("checkbox", { name: "Archived" }).check();
    await page.getByText("Nothing is archived").waitFor();
  },
  empty: async (page) => {
    await page.route("**/api/agents/tasks?*", (route) => route.fulfill({ json: { tasks: [] } }));
    await page.goto(address);
    await page.getByText("Nothing here yet").waitFor();
  },
  loading: async (page) => {
    await page.route("**/api/agents/tasks?*", () => undefined);
    await page.goto(address);
    await page.locator(".bone-row").first().waitFor();
  },
  unreachable: async (page) => {
    await STATES.list(page);
    await page.route("**/api/**", (route) => route.abort());
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("button", { name: "Retry" }).first().waitFor();
  },
  "token-refused": async (page) => {
    await STATES.list(page);
    const body = { message: "Bad credentials", documentation_url: "https://docs.github.com/rest" };
    await page.route("**/api/**", (route) => route.fulfill({ status: 401, json: body }));
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("button", { name: "Connect again" }).first().waitFor();
  },
  "session-unreadable": async (page) => {
    await STATES.list(page);
    await page.route("**/api/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Proxy</h1>" }));
    await row(page, "Say hello").click();
    await region(page).getByRole("button", { name: "Retry" }).waitFor();
  },
  offline: async (page) => {
    await STATES.list(page);
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
  },
  "not-confirmed": async (page) => {
    await STATES.list(page);
    await page.route("**/api/agents/**", (route) => route.abort());
    await start(page, "Start this when the network is back");
    await region(page).getByText("Not confirmed yet").first().waitFor();
  },
  "first-visit": async (page) => {
    await page.route(address, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/(name="cloud-agents-token" content=")[^"]*/, "$1");
      await route.fulfill({ response, body });
    });
    await page.goto(address);
    await page.getByRole("heading", { name: "Connect a cloud" }).waitFor();
  },
};

await mkdir(folder, { recursive: true });
const browser = await launchBrowser();
const failures = [];
try {
  const first = await browser.newPage();
  await fill(first);
  await first.context().close();
  for (const viewport of SIZES) {
    for (const colorScheme of SCHEMES) {
      for (const [name, reach] of Object.entries(STATES)) {
        const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
        const page = await context.newPage();
        page.setDefaultTimeout(20_000);
        const file = `${name}-${viewport.width}-${colorScheme}.png`;
        await reach(page).catch((error) => failures.push(`${file}: ${error.message.split("\n")[0]}`));
        await page.screenshot({ path: join(folder, file) });
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
}
console.log(`${Object.keys(STATES).length * SIZES.length * SCHEMES.length} pictures in ${folder}`);
if (failures.length > 0) {
  console.error(`Not reached:\n  ${failures.join("\n  ")}`);
  process.exit(1);
}
