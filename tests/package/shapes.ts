// biome-ignore-all format: each line is what the core writes, letter by letter.
// What the core writes, held against the types of the package. It never runs. The test `shapes` holds the same lines
// against what the core writes.
import type {
  Answer,
  Failure,
  FileChange,
  PreparedPush,
  ProviderInfo,
  RefreshReport,
  RepositoryChoice,
  Session,
  SessionChange,
  SessionDetail,
  SessionEvent,
  SessionList,
  StartOptions,
  StartRequest,
} from "cloud-agents";

export const shape0: Session = {"id":"here/1","provider":"here","kind":"local","read":true,"stale":"Not refreshed yet.","warning":"Its branch is another.","title":"Say hello","status":"in-progress","rawStatus":"in_progress","repository":"local/demo","baseRef":"main","headRef":"work","agent":"demo","model":"none","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","url":"https://example.com/1","artifacts":[{"kind":"pull-request","id":"42","number":7,"url":"https://example.com/pull/7","title":"Say \"hello\"\n","state":"merged","draft":false,"additions":3,"deletions":0,"review":"changes-requested","checks":"success","headRef":"work","baseRef":"main"},{"kind":"pull-request","id":"43"},{"kind":"branch","headRef":"work","baseRef":"main"},{"kind":"unknown","raw":{"data":[1,-2,0.5,null,true],"type":"video"}}],"archived":false,"usage":{"aiCredits":1.5,"premiumRequests":2.0},"error":{"message":"It broke.","hint":"Mend it."}};
export const shape1: Session = {"id":"here/1","provider":"here","kind":"local","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape2: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape3: Session = {"id":"here/1","provider":"here","kind":"claude","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape4: Session = {"id":"here/1","provider":"here","kind":"jules","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape5: Session = {"id":"here/1","provider":"here","kind":"cursor","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape6: Session = {"id":"here/1","provider":"here","kind":"openhands","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape7: Session = {"id":"here/1","provider":"here","kind":"custom","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape8: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"queued","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape9: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"in-progress","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape10: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"needs-input","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape11: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"idle","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape12: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"completed","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape13: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"failed","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape14: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"timed-out","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape15: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"cancelled","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape16: Session = {"id":"here/1","provider":"here","kind":"github","read":true,"title":"Say hello","status":"unknown","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}};
export const shape17: SessionDetail = {"id":"here/1","provider":"here","kind":"local","read":true,"stale":"Not refreshed yet.","warning":"Its branch is another.","title":"Say hello","status":"in-progress","rawStatus":"in_progress","repository":"local/demo","baseRef":"main","headRef":"work","agent":"demo","model":"none","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","url":"https://example.com/1","artifacts":[{"kind":"pull-request","id":"42","number":7,"url":"https://example.com/pull/7","title":"Say \"hello\"\n","state":"merged","draft":false,"additions":3,"deletions":0,"review":"changes-requested","checks":"success","headRef":"work","baseRef":"main"},{"kind":"pull-request","id":"43"},{"kind":"branch","headRef":"work","baseRef":"main"},{"kind":"unknown","raw":{"data":[1,-2,0.5,null,true],"type":"video"}}],"archived":false,"usage":{"aiCredits":1.5,"premiumRequests":2.0},"error":{"message":"It broke.","hint":"Mend it."},"turns":[{"id":"1","request":{"text":"Hello"},"parts":[{"kind":"text","id":"a","text":"Hello"},{"kind":"reasoning","id":"b","text":"Hm"},{"kind":"tool","id":"c","name":"bash","title":"List","input":{"command":"ls"},"status":"completed","output":"DEMO.md","exitCode":-1},{"kind":"tool","id":"d","name":"bash","status":"running"},{"kind":"tool","id":"e","name":"bash","status":"failed"},{"kind":"tool","id":"f","name":"bash","status":"unknown"},{"kind":"diff","id":"g","path":"DEMO.md","diff":"+hello"},{"kind":"unknown","id":"h","raw":"?"}],"state":"running","startedAt":"1970-01-01T00:00:00Z"},{"id":"1","request":{"text":"Hello"},"parts":[],"state":"completed"},{"id":"1","request":{"text":"Hello"},"parts":[],"state":"failed"},{"id":"1","request":{"text":"Hello"},"parts":[],"state":"cancelled"}],"questions":[{"id":"q","text":"Where?","choices":["Above","Below"],"freeform":false},{"id":"q","text":"Where?","freeform":true}]};
export const shape18: SessionEvent = {"kind":"session","session":{"id":"here/1","provider":"here","kind":"local","read":true,"title":"Say hello","status":"idle","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}}};
export const shape19: SessionEvent = {"kind":"turn","turn":{"id":"1","request":{"text":"Hello"},"parts":[],"state":"running"}};
export const shape20: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"text","id":"a","text":"Hello"}};
export const shape21: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"reasoning","id":"b","text":"Hm"}};
export const shape22: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"tool","id":"c","name":"bash","title":"List","input":{"command":"ls"},"status":"completed","output":"DEMO.md","exitCode":-1}};
export const shape23: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"tool","id":"d","name":"bash","status":"running"}};
export const shape24: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"tool","id":"e","name":"bash","status":"failed"}};
export const shape25: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"tool","id":"f","name":"bash","status":"unknown"}};
export const shape26: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"diff","id":"g","path":"DEMO.md","diff":"+hello"}};
export const shape27: SessionEvent = {"kind":"part","turn":"1","part":{"kind":"unknown","id":"h","raw":"?"}};
export const shape28: SessionEvent = {"kind":"question","question":{"id":"q","text":"Where?","choices":["Above"],"freeform":false}};
export const shape29: SessionEvent = {"kind":"end","session":{"id":"here/1","provider":"here","kind":"local","read":true,"title":"Say hello","status":"idle","rawStatus":"in_progress","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","artifacts":[],"archived":false,"usage":{},"error":{"message":"It broke."}}};
export const shape30: FileChange = {"path":"DEMO.md","status":"added","additions":1,"deletions":2,"diff":"+hello"};
export const shape31: FileChange = {"path":"DEMO.md","status":"modified","additions":1,"deletions":2,"diff":"+hello"};
export const shape32: FileChange = {"path":"DEMO.md","status":"removed","additions":1,"deletions":2,"diff":"+hello"};
export const shape33: FileChange = {"path":"DEMO.md","previousPath":"OLD.md","status":"renamed","additions":1,"deletions":2};
export const shape34: Answer = {"question":"q","choice":"Above"};
export const shape35: Answer = {"question":"q","text":"Nowhere"};
export const shape36: SessionChange = {"kind":"added","id":"here/1","session":{"id":"here/1","provider":"here","kind":"local","read":true,"stale":"Not refreshed yet.","warning":"Its branch is another.","title":"Say hello","status":"in-progress","rawStatus":"in_progress","repository":"local/demo","baseRef":"main","headRef":"work","agent":"demo","model":"none","createdAt":"1970-01-01T00:00:00Z","updatedAt":"1970-01-01T00:00:01.25Z","url":"https://example.com/1","artifacts":[{"kind":"pull-request","id":"42","number":7,"url":"https://example.com/pull/7","title":"Say \"hello\"\n","state":"merged","draft":false,"additions":3,"deletions":0,"review":"changes-requested","checks":"success","headRef":"work","baseRef":"main"},{"kind":"pull-request","id":"43"},{"kind":"branch","headRef":"work","baseRef":"main"},{"kind":"unknown","raw":{"data":[1,-2,0.5,null,true],"type":"video"}}],"archived":false,"usage":{"aiCredits":1.5,"premiumRequests":2.0},"error":{"message":"It broke.","hint":"Mend it."}}};
export const shape37: SessionChange = {"kind":"changed","id":"here/1","attention":"finished"};
export const shape38: SessionChange = {"kind":"changed","id":"here/1","attention":"failed"};
export const shape39: SessionChange = {"kind":"changed","id":"here/1","attention":"needs-input"};
export const shape40: SessionChange = {"kind":"removed","id":"here/1"};
export const shape41: SessionList["counts"] = {"status":{},"provider":{}};
export const shape42: SessionList["counts"] = {"status":{"cancelled":1,"completed":1,"failed":1,"idle":1,"in-progress":1,"needs-input":1,"queued":1,"timed-out":1,"unknown":1},"provider":{"here":9}};
export const shape43: ProviderInfo = {"id":"here","kind":"local","label":"Here","state":"ready","capabilities":{"followUp":true,"steer":true,"answer":true,"cancel":true,"archive":true,"createPullRequest":true,"push":true,"attachDiff":false,"attachFiles":false,"images":false,"stream":"poll"},"limits":{"prompt":{"size":30000,"unit":"utf16"}}};
export const shape44: ProviderInfo = {"id":"here","kind":"local","label":"Here","state":"unauthorized","road":"Look.","note":"Look.","capabilities":{"followUp":true,"steer":true,"answer":true,"cancel":true,"archive":true,"createPullRequest":true,"push":true,"attachDiff":false,"attachFiles":false,"images":false,"stream":"sse"},"limits":{"prompt":{"size":30000,"unit":"characters"}}};
export const shape45: ProviderInfo = {"id":"here","kind":"local","label":"Here","state":"unreachable","capabilities":{"followUp":true,"steer":true,"answer":true,"cancel":true,"archive":true,"createPullRequest":true,"push":true,"attachDiff":false,"attachFiles":false,"images":false,"stream":"websocket"},"limits":{"prompt":{"size":30000,"unit":"bytes"}}};
export const shape46: ProviderInfo = {"id":"here","kind":"local","label":"Here","state":"limited","capabilities":{"followUp":true,"steer":true,"answer":true,"cancel":true,"archive":true,"createPullRequest":true,"push":true,"attachDiff":false,"attachFiles":false,"images":false,"stream":"poll"},"limits":{"prompt":{"size":30000,"unit":"tokens"}}};
export const shape47: StartOptions = {"agents":[{"id":"a","label":"A","description":"Does it."},{"id":"a","label":"A"}],"models":[{"id":"a","label":"A"}],"branches":["main","work"],"defaultBranch":"main","notes":["Read this."]};
export const shape48: StartOptions = {"agents":[],"models":[],"branches":[],"defaultBranch":"","notes":[]};
export const shape49: RepositoryChoice = {"name":"local/demo","defaultBranch":"main"};
export const shape50: StartRequest = {"provider":"here","repository":"local/demo","prompt":"Hello","title":"Hello","baseRef":"main","headRef":"work","agent":"demo","model":"none","createPullRequest":true};
export const shape51: Pick<PreparedPush, "files" | "secrets"> = {"files":[{"path":"a.txt","mode":"100644","text":"one\n"},{"path":"a.txt","mode":"100644","bytes":"AA=="},{"path":"a.txt","mode":"100644","object":"4f1c2aa"},{"path":"a.txt","mode":"100644"}],"secrets":[{"path":"a.txt","kind":"GitHub token","count":1}]};
export const shape52: Failure = {"code":"unauthorized","message":"No.","hint":"Wait."};
export const shape53: Failure = {"code":"forbidden","message":"No.","hint":"Wait."};
export const shape54: Failure = {"code":"not-found","message":"No.","hint":"Wait."};
export const shape55: Failure = {"code":"invalid","message":"No.","hint":"Wait."};
export const shape56: Failure = {"code":"conflict","message":"No.","hint":"Wait."};
export const shape57: Failure = {"code":"rate-limited","message":"No.","hint":"Wait."};
export const shape58: Failure = {"code":"unsupported","message":"No.","hint":"Wait."};
export const shape59: Failure = {"code":"unreadable-reply","message":"No.","hint":"Wait."};
export const shape60: Failure = {"code":"network","message":"No.","hint":"Wait."};
export const shape61: Failure = {"code":"timeout","message":"No.","hint":"Wait."};
export const shape62: Failure = {"code":"too-large","message":"No.","hint":"Wait."};
export const shape63: Failure = {"code":"storage","message":"No.","hint":"Wait."};
export const shape64: Failure = {"code":"provider","message":"No.","hint":"Wait."};
export const shape65: Failure = {"code":"corrupt","message":"No.","hint":"Wait."};
export const shape66: Failure = {"code":"rate-limited","message":"Slow down.","hint":"Wait.","provider":"here","status":429,"retryAfterMs":60000,"requestId":"A1"};
export const shape67: RefreshReport = {"requests":3,"notModified":1,"bytes":4096,"changed":2,"errors":{}};
export const shape68: RefreshReport = {"requests":3,"notModified":1,"bytes":4096,"changed":2,"errors":{"here":{"code":"rate-limited","message":"Slow down.","hint":"Wait.","provider":"here","status":429,"retryAfterMs":60000,"requestId":"A1"}}};
