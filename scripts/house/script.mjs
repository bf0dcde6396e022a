// What a script may import, how markup is made, and where a provider is named; told from TypeScript's own syntax tree.
import { posix } from "node:path";
import { getTokenPosOfNode, SyntaxKind } from "typescript/unstable/ast";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";

const ROOT = "/house";
const MARKUP =
  "innerHTML outerHTML insertAdjacentHTML setHTMLUnsafe parseHTMLUnsafe createContextualFragment srcdoc unsafeHTML unsafeSVG unsafeStatic unsafeMathML".split(
    " ",
  );
/** A property or attribute of an element in a template of Lit: `<p .innerHTML=${text}>`, `<iframe srcdoc=${text}>`. */
const MARKUP_IN_TEMPLATE = /[\s.](?:innerHTML|outerHTML|srcdoc)\s*=/i;
const SANITIZER = "www/view/src/text/markdown.ts";

const KINDS = ["local", "github", "claude", "jules", "cursor", "openhands", "custom"];
/** Where a kind of provider is named, and why. */
const NAMED = [
  { path: "www/page/src/main.ts", names: ["local"], why: "the cloud that serves the page" },
  {
    path: "www/view/src/elements/connect-form.ts",
    names: ["github", "local"],
    why: "what a person is asked for, of each kind",
  },
];

/** Every broken rule of several scripts, `[path, text]`. */
export function inspectScripts(scripts, report) {
  if (scripts.length === 0) return;
  const files = Object.fromEntries(scripts.map(([path, text]) => [`${ROOT}/${path}`, text]));
  const config = {
    compilerOptions: { allowJs: true, noLib: true, noResolve: true, types: [] },
    files: Object.keys(files),
  };
  const api = new API({
    cwd: ROOT,
    fs: createVirtualFileSystem({ ...files, [`${ROOT}/tsconfig.json`]: JSON.stringify(config) }),
  });
  try {
    const [project] = api.updateSnapshot({ openProjects: [`${ROOT}/tsconfig.json`] }).getProjects();
    for (const [path, text] of scripts)
      inspectTree(path, text, project.program.getSourceFile(`${ROOT}/${path}`), report);
  } finally {
    api.close();
  }
}

function inspectTree(path, text, tree, report) {
  const told = new Set();
  const tell = (node, rule) => {
    const line = text.slice(0, getTokenPosOfNode(node, tree)).split("\n").length;
    if (!told.has(`${line} ${rule}`)) report(path, line, rule);
    told.add(`${line} ${rule}`);
  };
  const visit = (node) => {
    if (path.startsWith("www/view/")) inspectImport(path, node, tell);
    inspectMarkup(path, node, tell);
    inspectEval(node, tell);
    inspectKinds(path, node, tell);
    node.forEachChild(visit);
  };
  visit(tree);
}

/** The text of a string, or of a template without a value in it. */
const textOf = (node) =>
  node?.kind === SyntaxKind.StringLiteral || node?.kind === SyntaxKind.NoSubstitutionTemplateLiteral
    ? node.text
    : undefined;

/** What is imported: `{ from, isType, names }`; `from` is undefined where it is made at run time. */
function imported(node) {
  switch (node.kind) {
    case SyntaxKind.ImportDeclaration: {
      const clause = node.importClause;
      const bindings = clause?.namedBindings;
      const isType = clause?.phaseModifier === SyntaxKind.TypeKeyword;
      return { from: textOf(node.moduleSpecifier), isType, names: namesOf(bindings, clause?.name !== undefined) };
    }
    case SyntaxKind.ExportDeclaration:
      if (node.moduleSpecifier === undefined) return undefined;
      return {
        from: textOf(node.moduleSpecifier),
        isType: node.isTypeOnly,
        names: namesOf(node.exportClause, !node.exportClause),
      };
    case SyntaxKind.ImportType:
      return { from: textOf(node.argument.literal), isType: true, names: [node.qualifier?.getText() ?? "*"] };
    case SyntaxKind.ExternalModuleReference:
      return { from: textOf(node.expression), isType: node.parent.isTypeOnly, names: ["*"] };
    case SyntaxKind.CallExpression: {
      const isImport = node.expression.kind === SyntaxKind.ImportKeyword || node.expression.text === "require";
      return isImport ? { from: textOf(node.arguments[0]), isType: false, names: [] } : undefined;
    }
    case SyntaxKind.NewExpression: {
      const isBeside = node.expression.text === "URL" && node.arguments?.[1]?.getText() === "import.meta.url";
      return isBeside ? { from: textOf(node.arguments[0]), isType: false, names: [] } : undefined;
    }
    default:
      return undefined;
  }
}

function namesOf(bindings, isWhole) {
  const names = bindings?.elements?.map((element) => (element.propertyName ?? element.name).text);
  return [...(names ?? (bindings ? ["*"] : [])), ...(isWhole ? ["*"] : [])];
}

function inspectImport(path, node, tell) {
  const found = imported(node);
  if (found === undefined) return;
  const { from, isType, names } = found;
  if (from === undefined) {
    tell(node, "`www/view` imports by a name that stands there, not by one made at run time");
    return;
  }
  const target = /^\.{0,2}\//.test(from) ? posix.join(posix.dirname(path), from) : from;
  if (/^(?:cloud-agents|pkg|pkg-template)(?:\/|$)/.test(target)) {
    const isAllowed = from === target && isType && !names.some((name) => name === "*" || /\bCloudAgents\b/.test(name));
    if (!isAllowed) {
      tell(
        node,
        "`www/view` works over `SessionSource`: it takes only types from cloud-agents, by name, and never CloudAgents",
      );
    }
  } else if (/^(?:www|@cloud-agents)\/page(?:\/|$)/.test(target)) {
    tell(node, "`www/view` never imports `www/page`");
  } else if (target !== from && !target.startsWith("www/view/")) {
    tell(node, "`www/view` imports nothing from beside it but packages");
  }
}

function inspectMarkup(path, node, tell) {
  if (path === SANITIZER) return;
  const isTemplate = [SyntaxKind.TemplateHead, SyntaxKind.TemplateMiddle, SyntaxKind.TemplateTail].includes(node.kind);
  const name = node.kind === SyntaxKind.Identifier ? node.text : textOf(node);
  const isWrite = /^write(?:ln)?$/.test(memberOf(node) ?? "") && /^(?:\w+\.)?document$/.test(node.expression.getText());
  const inTemplate = isTemplate || node.kind === SyntaxKind.NoSubstitutionTemplateLiteral;
  if (MARKUP.includes(name) || isWrite || (inTemplate && MARKUP_IN_TEMPLATE.test(node.text))) {
    tell(node, `markup is made only by the sanitizer (${SANITIZER})`);
  }
}

/** The name of the member that is asked for: `a.b`, `a["b"]`. */
function memberOf(node) {
  if (node.kind === SyntaxKind.PropertyAccessExpression) return node.name.text;
  return node.kind === SyntaxKind.ElementAccessExpression ? textOf(node.argumentExpression) : undefined;
}

function inspectEval(node, tell) {
  const isCall = node.kind === SyntaxKind.CallExpression || node.kind === SyntaxKind.NewExpression;
  const called = isCall ? (memberOf(node.expression) ?? node.expression.text) : undefined;
  const first = isCall ? node.arguments?.[0]?.kind : undefined;
  const isText = [
    SyntaxKind.StringLiteral,
    SyntaxKind.NoSubstitutionTemplateLiteral,
    SyntaxKind.TemplateExpression,
  ].includes(first);
  const isEval = (node.kind === SyntaxKind.Identifier && node.text === "eval") || textOf(node) === "eval";
  if (isEval || called === "Function" || (/^set(?:Timeout|Interval)$/.test(called) && isText)) tell(node, "no eval");
}

/** A kind by name as a value: not as a type, and not as a property of something else, unless it makes a table of kinds. */
function inspectKinds(path, node, tell) {
  const allowed = NAMED.find((place) => place.path === path)?.names ?? [];
  const isNamed = (name) => KINDS.includes(name) && !allowed.includes(name);
  const isType = node.parent?.kind === SyntaxKind.LiteralType;
  const keys =
    node.kind === SyntaxKind.ObjectLiteralExpression
      ? node.properties.map((entry) => entry.name?.text).filter(isNamed)
      : [];
  if ((isNamed(textOf(node)) && !isType) || keys.length > 1) {
    tell(node, "what differs by provider belongs to the provider's file or its table of capabilities");
  }
}
