// `wasm-pack test` in headless Chromium, with a local cloud beside it.
//
// The test runner serves the crate's folder to the page, so the tests learn where the cloud is from a file there:
// `/target/web-test.json` holds { api, token, repository }.
import { spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, startLocalCloud } from "../harness/local-cloud.mjs";
import { createRepository } from "../harness/repository.mjs";
import { freePort } from "../harness/static.mjs";

const VERSIONS = { "wasm-pack": "0.15.1", "wasm-bindgen-cli": await lockedVersion("wasm-bindgen") };

async function output(command, ...words) {
  const child = spawn(command, words, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  const code = await new Promise((settle, reject) => child.once("error", reject).once("close", settle));
  if (code !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${code}`);
  return text.trim();
}

function lockedVersion(crate) {
  return output("bash", "-c", 'source scripts/fail.sh; locked_version "$1"', "bash", crate);
}

const tools = [];
for (const [crate, version] of Object.entries(VERSIONS))
  tools.push(await output("scripts/install-tool", crate, version));

const repository = await createRepository();
const port = await freePort();
const cloud = await startLocalCloud({ repositories: [repository.path], allowOrigins: [`http://127.0.0.1:${port}`] });
const note = join(ROOT, "target", "web-test.json");
let code = 1;
try {
  await mkdir(join(ROOT, "target"), { recursive: true });
  await writeFile(note, JSON.stringify({ api: cloud.api, token: cloud.token, repository: repository.name }));
  const driver = process.env.CHROMEDRIVER ?? "/usr/bin/chromedriver";
  const child = spawn(
    "scripts/with-wasm",
    ["wasm-pack", "test", "--headless", "--chrome", "--chromedriver", driver, "--mode", "no-install"],
    {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PATH: `${tools.join(":")}:${process.env.PATH}`,
        WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}`,
        WASM_BINDGEN_TEST_TIMEOUT: "120",
      },
    },
  );
  code = await new Promise((settle, reject) => child.once("error", reject).once("close", settle));
} finally {
  await cloud.stop();
  await repository.remove();
  await rm(note, { force: true });
}
process.exitCode = code ?? 1;
