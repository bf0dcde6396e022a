import { css } from "lit";

/** What every element shares: box sizing, focus, buttons and fields. */
export const controls = css`
  :host {
    font: 14px / 20px var(--ca-font);
    color: var(--ca-text);
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 2px solid var(--ca-accent);
    outline-offset: 1px;
  }
  h1,
  h2,
  h3,
  p {
    margin: 0;
  }
  svg {
    display: block;
    flex: none;
  }
  code,
  pre,
  .mono {
    font-family: var(--ca-mono);
    font-size: 12.5px;
  }
  a {
    color: var(--ca-accent);
    text-underline-offset: 2px;
  }
  .muted {
    color: var(--ca-muted);
  }
  .small {
    font-size: 13px;
  }
  .numbers {
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 32px;
    padding: 4px 12px;
    border: 1px solid var(--ca-line);
    border-radius: var(--ca-radius);
    background: var(--ca-raised);
    color: var(--ca-text);
    font: inherit;
    font-weight: 500;
    cursor: pointer;
    transition: background-color var(--ca-swift);
  }
  button:hover {
    background: var(--ca-hover);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  button.primary {
    border-color: transparent;
    background: var(--ca-accent-fill);
    color: var(--ca-on-accent);
  }
  button.primary:hover:enabled {
    background: var(--ca-accent-fill-hover);
  }
  button.quiet {
    border-color: transparent;
    background: none;
  }
  button.quiet:hover:enabled {
    background: var(--ca-hover);
  }
  button.square {
    width: 32px;
    padding: 0;
  }
  button.link {
    min-height: 0;
    padding: 0;
    border: 0;
    background: none;
    color: var(--ca-accent);
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  input:not([type="checkbox"], [type="radio"]),
  select,
  textarea {
    width: 100%;
    min-height: 32px;
    padding: 5px 8px;
    border: 1px solid var(--ca-control-line);
    border-radius: var(--ca-radius);
    background: var(--ca-surface);
    color: inherit;
    font: inherit;
  }
  textarea {
    display: block;
    padding: 8px;
    resize: vertical;
  }
  select {
    text-overflow: ellipsis;
  }
  ::placeholder {
    color: var(--ca-muted);
    opacity: 1;
  }
  input[type="checkbox"],
  input[type="radio"] {
    width: 16px;
    height: 16px;
    margin: 2px 0;
    flex: none;
    accent-color: var(--ca-accent-fill);
  }
  [aria-invalid="true"] {
    border-color: var(--ca-bad) !important;
  }
  label.check {
    display: inline-flex;
    gap: 8px;
    align-items: flex-start;
  }
  .field {
    display: grid;
    gap: 4px;
    min-width: 0;
  }
  .field > label {
    font-weight: 500;
    font-size: 13px;
  }
  .field-error {
    color: var(--ca-bad);
    font-size: 13px;
  }
  .keep-together {
    white-space: nowrap;
  }
  @media (pointer: coarse) {
    button:not(.link),
    input:not([type="checkbox"], [type="radio"]),
    select {
      min-height: 40px;
    }
    button.square {
      width: 40px;
    }
  }
`;
