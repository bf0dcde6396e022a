import { css } from "lit";

/** Boxes that fold out below a line of their own, with a chevron in it. */
export const foldingStyles = css`
  details {
    border: 1px solid var(--ca-line);
    border-radius: var(--ca-radius);
    overflow: clip;
  }
  summary {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 32px;
    padding: 4px 12px 4px 8px;
    background: var(--ca-sunken);
    cursor: pointer;
    list-style: none;
  }
  summary:hover {
    background: var(--ca-hover);
  }
  summary:focus-visible {
    outline-offset: -2px;
  }
  summary svg {
    color: var(--ca-muted);
    transition: transform var(--ca-swift);
  }
  details[open] summary svg {
    transform: rotate(90deg);
  }
`;
