import type { Unit } from "cloud-agents";

const number = new Intl.NumberFormat();

/** A number with its group separators. */
export function formatNumber(value: number): string {
  return number.format(value);
}

/** "1 file", "3 files". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

/** How much of a provider's limit a text uses. Tokens are estimated on the safe side, as three bytes each. */
export function measure(text: string, unit: Unit): number {
  switch (unit) {
    case "utf16":
      return text.length;
    case "characters":
      return [...text].length;
    case "bytes":
      return new TextEncoder().encode(text).length;
    case "tokens":
      return Math.ceil(new TextEncoder().encode(text).length / 3);
  }
}

/** The unit as a person reads it. */
export function unitName(unit: Unit): string {
  return unit === "utf16" ? "characters" : unit;
}
