import { css } from "lit";

export const sessionPaneStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    background: var(--ca-surface);
  }
  section {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-height: 0;
  }
  .column {
    width: 100%;
    max-width: 920px;
    margin: 0 auto;
    padding-inline: 24px;
  }
  header {
    border-bottom: 1px solid var(--ca-line);
  }
  header .column {
    display: grid;
    gap: 8px;
    padding-block: 12px;
  }
  .first {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: flex-start;
  }
  h2 {
    flex: 1 1 240px;
    min-width: 0;
    padding-block: 4px;
    font-size: 18px;
    line-height: 24px;
    overflow-wrap: anywhere;
  }
  /* The focus comes here to be read from, not to do anything. */
  h2:focus-visible {
    outline: none;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    align-items: center;
    margin: 0;
    font-size: 13px;
  }
  .facts div {
    display: flex;
    gap: 4px;
    align-items: center;
    min-width: 0;
  }
  .facts dt {
    color: var(--ca-muted);
  }
  .facts dd {
    display: flex;
    align-items: center;
    min-width: 0;
    margin: 0;
    overflow-wrap: anywhere;
  }
  .facts a {
    display: inline-flex;
    gap: 4px;
    align-items: center;
  }
  .scroll {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overflow-x: clip;
  }
  .scroll .column {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 24px;
    padding-block: 16px 24px;
  }
  .log {
    min-height: 20px;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 24px;
  }
  .working {
    display: flex;
    gap: 8px;
    align-items: center;
    color: var(--ca-muted);
    font-size: 13px;
  }
  .working svg {
    color: var(--ca-accent);
  }
  .pending {
    padding: 8px 12px;
    border-left: 3px dashed var(--ca-control-line);
    background: var(--ca-sunken);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .bone {
    border-radius: var(--ca-radius);
    background: var(--ca-sunken);
  }
  .bone.heading {
    height: 40px;
  }
  .bone.text {
    height: 96px;
  }
  .foot {
    border-top: 1px solid var(--ca-line);
  }
  .foot .column {
    display: grid;
    gap: 8px;
    padding-block: 12px;
  }
  @media (min-width: 720px) {
    .back {
      display: none;
    }
  }
  @media (max-width: 719px) {
    .column {
      padding-inline: 12px;
    }
    h2 {
      font-size: 16px;
    }
    .foot .column {
      padding-block: 8px;
    }
  }
`;
