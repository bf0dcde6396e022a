import { css, unsafeCSS } from "lit";

/** Every row is as high as the next, so that ten thousand of them need no measuring. */
export const ROW_HEIGHT = 60;

export const sessionListStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    background: var(--ca-sunken);
  }
  .filters {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: 4px 8px;
    align-items: center;
    padding: 12px 12px 8px;
    border-bottom: 1px solid var(--ca-line);
  }
  .search {
    position: relative;
  }
  .search svg {
    position: absolute;
    top: 50%;
    left: 8px;
    translate: 0 -50%;
    color: var(--ca-muted);
    pointer-events: none;
  }
  .filters .search input {
    padding-left: 30px;
  }
  .count {
    text-align: end;
  }
  .scroll {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overflow-x: clip;
  }
  ul {
    position: relative;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    position: absolute;
    inset: 0 0 auto;
    height: ${unsafeCSS(ROW_HEIGHT)}px;
  }
  .row {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 2px 12px;
    align-content: center;
    height: 100%;
    padding: 0 12px 0 20px;
    border-bottom: 1px solid var(--ca-line);
    color: inherit;
    text-decoration: none;
  }
  .row:hover {
    background: var(--ca-hover);
  }
  .row.selected {
    background: var(--ca-selected);
  }
  .row:focus-visible {
    outline-offset: -2px;
  }
  .row.unread::before {
    content: "";
    position: absolute;
    top: 16px;
    left: 7px;
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: var(--ca-accent);
  }
  .unread .title {
    font-weight: 650;
  }
  .title,
  .where {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .age,
  .provider {
    text-align: end;
    white-space: nowrap;
  }
  .about {
    display: flex;
    gap: 8px;
    min-width: 0;
  }
  .about .status-badge {
    font-size: 13px;
  }
  .row .knockout {
    stroke: var(--ca-sunken);
  }
  .provider {
    display: flex;
    gap: 4px;
    align-items: center;
    justify-content: flex-end;
    max-width: 112px;
    overflow: hidden;
  }
  .stale .title,
  .stale .where {
    font-style: italic;
  }
  .stale-mark {
    color: var(--ca-wait);
  }
  .empty {
    display: grid;
    gap: 8px;
    justify-items: center;
    padding: 40px 24px;
    text-align: center;
    text-wrap: balance;
  }
  kbd {
    padding: 0 5px;
    border: 1px solid var(--ca-control-line);
    border-radius: 4px;
    font: 12px / 18px var(--ca-mono);
  }
  .bone-row {
    height: ${unsafeCSS(ROW_HEIGHT)}px;
    padding: 12px;
    border-bottom: 1px solid var(--ca-line);
  }
  .bone {
    height: 36px;
    border-radius: var(--ca-radius);
    background: var(--ca-hover);
  }
  li .bone {
    margin: 12px;
  }
`;
