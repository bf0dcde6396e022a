// The picture in the README: a local cloud with a few sessions, one of them asking.
//
//   node scripts/screenshot.mjs www/page/screenshot.png

import { openPage } from "../tests/e2e/page.mjs";
import { startLocalCloud } from "../tests/harness/local-cloud.mjs";
import { createRepository } from "../tests/harness/repository.mjs";

const [to] = process.argv.slice(2);
if (!to) throw new Error("say where the picture goes");

const repository = await createRepository("garden");
const cloud = await startLocalCloud({ repositories: [repository.path] });
const tab = await openPage(cloud.url);
try {
  await tab.start("Trim the hedge along the north wall");
  await tab.row("Trim the hedge", "(completed|idle)").waitFor();
  await tab.start("Repair the bench, which must not fail in the rain");
  await tab.row("Repair the bench", "failed").waitFor();
  await tab.start("Dig a slow pond behind the shed");
  await tab.row("Dig a slow pond", "in progress").waitFor();
  await tab.start("Water the tulips, and ask me where to begin");
  await tab.question.waitFor();
  await tab.row("Water the tulips", "needs input").waitFor();
  await tab.page.mouse.move(0, 0);
  await tab.page.screenshot({ path: to, animations: "disabled" });
} finally {
  await tab.close();
  await cloud.stop();
  await repository.remove();
}
