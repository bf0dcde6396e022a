// The JavaScript contract (design.md) as a program that must compile against the shipped types. It never runs.
import init, {
  type Answer,
  CloudAgents,
  CloudAgentsError,
  type FileChange,
  type Kind,
  loadHandoff,
  loadReaders,
  type PreparedPush,
  type ProviderInfo,
  type RefreshReport,
  readChanges,
  type Session,
  type SessionChange,
  type SessionDetail,
  type SessionEvent,
  type SessionList,
  type Status,
} from "cloud-agents";

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(): T => true as T;

same<Same<Kind, "local" | "github" | "claude" | "jules" | "cursor" | "openhands" | "custom">>();
same<
  Same<
    Status,
    "queued" | "in-progress" | "needs-input" | "idle" | "completed" | "failed" | "timed-out" | "cancelled" | "unknown"
  >
>();

export async function everything(): Promise<void> {
  const loaded: Promise<void> = init(new URL("https://example.com/cloud_agents_bg.wasm"));
  await loaded;
  await init(new Response());
  await init(new Uint8Array(), { handoff: false });
  await init(undefined, { handoff: true, readers: false });
  const later: Promise<void>[] = [loadHandoff(), loadReaders(new URL("https://example.com/readers.wasm"))];
  await Promise.all(later);

  const agents = new CloudAgents({
    providers: [
      { kind: "github", token: async () => "token" },
      { kind: "local", id: "here", label: "Here", baseUrl: "http://127.0.0.1:4180/api", token: "token" },
    ],
    store: "indexeddb",
    fetch: globalThis.fetch,
  });
  const ready: Promise<void> = agents.ready;
  await ready;

  const infos: ProviderInfo[] = agents.providers();
  const info: ProviderInfo = await agents.connect({ kind: "github", id: "second", agentsUrl: "https://example.com" });
  const { size, unit } = info.limits.prompt;
  same<Same<typeof unit, "utf16" | "characters" | "bytes" | "tokens">>();
  await agents.disconnect(infos[0]?.id ?? String(size));

  const { agents: workers, models, branches, defaultBranch, notes } = await agents.options("here", "local/demo");
  const words: string[] = [...workers.map((choice) => choice.id), ...models.map((choice) => choice.label), ...branches];
  const session: Session = await agents.start({
    provider: "here",
    repository: "local/demo",
    prompt: words.concat(notes).join(" "),
    baseRef: defaultBranch,
    createPullRequest: true,
  });
  // @ts-expect-error a start without a prompt is none
  await agents.start({ provider: "here", repository: "local/demo" });

  const push: PreparedPush = await agents.preparePush({
    provider: "here",
    repository: "local/demo",
    from: defaultBranch,
    changes: readChanges("diff"),
  });
  await agents.start({
    provider: "here",
    repository: "local/demo",
    prompt: "Go on",
    push: { ...push, secretsConfirmed: true },
  });

  const report: RefreshReport = await agents.refresh({ provider: "here", force: true });
  const counted: number = report.requests + report.notModified + report.bytes + report.changed;
  const list: SessionList = agents.sessions({ text: "tulips", status: ["completed"], needsMe: true, sort: "created" });
  const rows: Session[] = list.rows(0, Math.min(list.length, counted));
  const detail: SessionDetail = await agents.session(rows[0]?.id ?? session.id);
  const changes: FileChange[] = await agents.changes(detail.id);
  changes.map((change) => change.diff ?? change.path);

  for await (const event of agents.follow(session.id, { signal: new AbortController().signal })) {
    handle(event);
  }
  const answer: Answer = { question: "1", choice: "At the end" };
  await agents.send(session.id, answer);
  await agents.send(session.id, "Go on");
  await agents.cancel(session.id);
  await agents.archive(session.id);
  await agents.unarchive(session.id);
  await agents.markRead(session.id);
  const withPullRequest: Session = await agents.createPullRequest(session.id);
  const unsubscribe: () => void = agents.subscribe((news: SessionChange[]) => news.map((change) => change.id));
  unsubscribe();
  agents.free();

  try {
    await agents.session(withPullRequest.id);
  } catch (error) {
    if (error instanceof CloudAgentsError) {
      const { code, provider, status, retryAfterMs, requestId, hint } = error;
      const told: [string, string | undefined, number | undefined, number | undefined, string | undefined, string] = [
        code,
        provider,
        status,
        retryAfterMs,
        requestId,
        hint,
      ];
      told.join();
    }
  }
}

function handle(event: SessionEvent): string {
  switch (event.kind) {
    case "session":
    case "end":
      return event.session.rawStatus;
    case "turn":
      return event.turn.request.text;
    case "part":
      return event.turn + (event.part.kind === "tool" ? event.part.name : event.part.id);
    case "question":
      return event.question.text;
  }
}
