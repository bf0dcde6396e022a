// A local cloud of a test's own: on a free port, with its data in a folder that goes with it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target"), "native", "cloud-agents");
const READY = /^Open (http:\/\/\S+)$/m;

/**
 * Starts one and waits until it says where it is.
 *
 * `repositories` are paths or URLs, `agent` a command instead of the built-in demo, `allowOrigins` origins beside its own,
 * `page` the folder of the page, `port` a port instead of a free one, `data` a folder that outlives it, `options` further
 * words for the command line.
 */
export async function startLocalCloud({
  repositories = [],
  agent,
  allowOrigins = [],
  page = join(ROOT, "www/page/dist"),
  port = 0,
  token = randomBytes(32).toString("hex"),
  data,
  options = [],
} = {}) {
  const folder = data ?? (await mkdtemp(join(tmpdir(), "local-cloud-")));
  const words = ["serve", "--port", String(port), "--data", folder, "--token", token];
  if (page) words.push("--page", page);
  for (const repository of repositories) words.push("--repo", repository);
  for (const origin of allowOrigins) words.push("--allow-origin", origin);
  if (agent) words.push("--agent", agent);
  words.push(...options);

  const child = spawn(PROGRAM, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const ended = new Promise((settle) => child.once("close", (code, signal) => settle(code ?? signal)));
  const url = await new Promise((settle, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        said += text;
        const ready = READY.exec(said);
        if (ready) settle(ready[1].replace(/\/$/, ""));
      });
    }
    child.once("error", (error) =>
      reject(new Error(`${PROGRAM} could not be started (make local-cloud): ${error.message}`)),
    );
    ended.then((code) => reject(new Error(`the local cloud ended with ${code} before it was ready:\n${said}`)));
  });

  return {
    url,
    api: `${url}/api`,
    token,
    data: folder,
    pid: child.pid,
    /** What it has printed. */
    output: () => said,
    /** A call of its API, with the token. */
    call: (path, init = {}) =>
      fetch(`${url}/api${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...init.headers },
      }),
    /** Ends it; its data stay with `keepData`, for one that takes them over. */
    async stop({ keepData = data !== undefined, signal = "SIGTERM" } = {}) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
      if (!keepData) await rm(folder, { recursive: true, force: true });
    },
  };
}
