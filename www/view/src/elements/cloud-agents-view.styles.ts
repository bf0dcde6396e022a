import { css } from "lit";

export const viewStyles = css`
  :host {
    display: grid;
    grid-template: auto minmax(0, 1fr) / minmax(0, 1fr);
    height: 100%;
    min-height: 0;
    background: var(--ca-surface);
  }
  .bar {
    display: flex;
    gap: 4px;
    align-items: center;
    min-width: 0;
    padding: 8px 12px;
    border-bottom: 1px solid var(--ca-line);
    background: var(--ca-sunken);
  }
  h1 {
    display: flex;
    flex: 1;
    gap: 8px;
    align-items: center;
    min-width: 0;
    font-size: 15px;
    line-height: 20px;
    white-space: nowrap;
  }
  h1 svg {
    color: var(--ca-accent);
  }
  .bar .primary {
    margin-left: 4px;
  }
  .connection-mark {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--ca-good);
  }
  .connection-mark.troubled {
    border-radius: 1px;
    background: var(--ca-bad);
  }
  .connection-mark.none {
    border: 1.5px solid var(--ca-muted);
    background: none;
  }
  .busy svg {
    opacity: 0.4;
  }
  .panes {
    display: grid;
    grid-template-columns: minmax(320px, 400px) minmax(0, 1fr);
    min-height: 0;
  }
  .panes.dragging {
    outline: 2px dashed var(--ca-accent);
    outline-offset: -4px;
  }
  .left {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    border-right: 1px solid var(--ca-line);
    background: var(--ca-sunken);
  }
  .left ca-session-list {
    flex: 1;
  }
  .troubles {
    display: grid;
    gap: 8px;
    padding: 12px 12px 0;
  }
  .troubles:empty {
    display: none;
  }
  .offline {
    padding: 8px 12px;
    border: 1px solid var(--ca-wait);
    border-radius: var(--ca-radius);
    background: var(--ca-wait-fill);
  }
  .right {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    min-width: 0;
    min-height: 0;
  }
  .hello {
    display: grid;
    gap: 16px;
    align-content: start;
    justify-content: center;
    grid-template-columns: minmax(0, 480px);
    overflow-y: auto;
    padding: 48px 24px;
  }
  .hello h2 {
    font-size: 18px;
    line-height: 24px;
  }
  .nothing {
    display: grid;
    gap: 4px;
    align-content: center;
    justify-items: center;
    padding: 24px;
    color: var(--ca-muted);
    text-align: center;
  }
  .nothing svg {
    width: 32px;
    height: 32px;
    margin-bottom: 8px;
    stroke-width: 1;
  }
  @media (max-width: 719px) {
    .panes {
      grid-template-columns: minmax(0, 1fr);
    }
    .left {
      border-right: 0;
    }
    .panes[data-shows="right"] .left,
    .panes[data-shows="left"] .right {
      display: none;
    }
    .hello {
      padding: 24px 12px;
    }
    .bar {
      padding: 8px;
    }
    .bar .spoken {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .bar .quiet:not(.hand-off) {
      width: 36px;
      padding: 0;
    }
    .bar .hand-off .spoken {
      position: static;
      width: auto;
      height: auto;
      clip-path: none;
    }
    .bar .hand-off {
      padding-inline: 8px;
    }
    .keys {
      display: none;
    }
    .bar .primary {
      padding-inline: 10px;
    }
  }
  @media (max-width: 439px) {
    .bar .hand-off .spoken {
      position: absolute;
      width: 1px;
      height: 1px;
      clip-path: inset(50%);
    }
    .bar .hand-off {
      width: 36px;
      padding: 0;
    }
  }
  @media (max-width: 399px) {
    h1 span {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  }
`;
