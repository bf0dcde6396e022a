import { css } from "lit";

export const handoffPreviewStyles = css`
  :host {
    display: block;
  }
  section {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 24px;
  }
  .part {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 12px;
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  h3,
  legend {
    padding: 0;
    font-size: 15px;
    font-weight: 600;
    line-height: 20px;
  }
  legend {
    margin-bottom: 8px;
  }
  .titled {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: baseline;
  }
  textarea {
    min-height: 112px;
    max-height: 40vh;
    field-sizing: content;
  }
  .foreign textarea {
    border: 1.5px dashed var(--ca-wait);
  }
  .owner {
    color: var(--ca-wait);
  }
  .choices {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(216px, 1fr));
    gap: 4px 16px;
  }
  .waiting {
    height: 240px;
    border-radius: var(--ca-radius);
    background: var(--ca-sunken);
  }
  .foot {
    position: sticky;
    z-index: 1;
    bottom: 0;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    margin-inline: -24px;
    padding: 12px 24px;
    border-top: 1px solid var(--ca-line);
    background: var(--ca-surface);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }
  .why {
    flex: 1 1 160px;
    min-height: 20px;
  }
  @media (max-width: 719px) {
    .foot {
      margin-inline: -12px;
      padding: 8px 12px;
    }
    .actions button {
      padding-inline: 8px;
    }
    .actions svg {
      display: none;
    }
  }
  /* With the keyboard of a phone open, the foot would cover the field that is typed in. */
  @media (max-height: 479px) {
    .foot {
      position: static;
    }
  }
`;
