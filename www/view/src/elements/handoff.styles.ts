import { css } from "lit";

export const handoffStyles = css`
  :host {
    display: block;
    overflow-y: auto;
    /* What is focused must not come to lie under the foot with the start. */
    scroll-padding-bottom: 112px;
    background: var(--ca-surface);
  }
  .column {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px;
    align-content: start;
    max-width: 768px;
    min-height: 100%;
    margin: 0 auto;
    padding: 16px 24px 0;
  }
  .first {
    display: flex;
    gap: 8px;
    align-items: center;
  }
  h2 {
    min-width: 0;
    font-size: 18px;
    line-height: 24px;
  }
  h3 {
    min-width: 0;
    font-size: 15px;
    line-height: 20px;
    overflow-wrap: anywhere;
  }
  h3:focus {
    outline: none;
  }
  h3:focus-visible {
    outline: 2px solid var(--ca-accent);
  }
  .read,
  .foreign {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding: 12px;
    border: 1px solid var(--ca-line);
    border-radius: var(--ca-radius);
  }
  .titled {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 12px;
    align-items: center;
  }
  .titled h3 {
    flex: 1 1 200px;
  }
  dl {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    margin: 0;
    font-size: 13px;
  }
  dl div {
    display: flex;
    gap: 4px;
    min-width: 0;
  }
  dt {
    color: var(--ca-muted);
  }
  dd {
    min-width: 0;
    margin: 0;
    overflow-wrap: anywhere;
  }
  .foreign {
    border-color: var(--ca-wait);
    background: var(--ca-wait-fill);
  }
  .foreign label {
    font-weight: 500;
  }
  @media (max-width: 719px) {
    .column {
      padding: 12px 12px 0;
    }
  }
`;
