import { css } from "lit";

/** The look as custom properties, so that a host such as a webview can lay its own theme over them. Spacing is a 4 px grid. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --ca-font: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
    --ca-mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
    --ca-surface: light-dark(#ffffff, #15171b);
    --ca-sunken: light-dark(#f5f6f8, #1b1e23);
    --ca-raised: light-dark(#ffffff, #22262c);
    --ca-hover: light-dark(#eceef2, #262a31);
    --ca-selected: light-dark(#e3eafb, #243150);
    --ca-line: light-dark(#dfe2e8, #2f343c);
    --ca-control-line: light-dark(#8d95a3, #6c7584);
    --ca-text: light-dark(#1b1f27, #e7e9ee);
    --ca-muted: light-dark(#596170, #a3abb9);
    --ca-accent: light-dark(#2b54cf, #93b2ff);
    --ca-accent-fill: light-dark(#2b54cf, #3a62d8);
    --ca-accent-fill-hover: light-dark(#2145b0, #3157c6);
    --ca-on-accent: #ffffff;
    --ca-good: light-dark(#14713f, #6fcf97);
    --ca-bad: light-dark(#b3261e, #ff8f86);
    --ca-bad-fill: light-dark(#fdf0ee, #33201f);
    --ca-wait: light-dark(#8a5300, #f2b956);
    --ca-wait-fill: light-dark(#fff6e3, #302715);
    --ca-added-fill: light-dark(#e6f6ec, #16301f);
    --ca-added-mark: light-dark(#b4e4c5, #26603c);
    --ca-removed-fill: light-dark(#fdecea, #381f1f);
    --ca-removed-mark: light-dark(#f7c4be, #733230);
    --ca-radius: 6px;
    --ca-swift: 120ms;
  }
  @media (prefers-reduced-motion: reduce) {
    :host {
      --ca-swift: 0ms;
    }
  }
`;
