import { css } from "lit";

/** What the dialogs share: a sheet in the middle, the whole screen on a small one. */
export const dialogStyles = css`
  dialog {
    width: min(520px, 100vw - 32px);
    max-height: min(720px, 100dvh - 32px);
    padding: 16px;
    border: 1px solid var(--ca-line);
    border-radius: 10px;
    background: var(--ca-surface);
    color: var(--ca-text);
    box-shadow: 0 16px 48px rgb(0 0 0 / 28%);
  }
  dialog[open] {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px;
  }
  dialog::backdrop {
    background: rgb(10 12 16 / 45%);
  }
  .head {
    display: flex;
    justify-content: space-between;
    align-items: center;
  }
  dialog h2 {
    font-size: 16px;
    line-height: 24px;
  }
  @media (max-width: 479px) {
    dialog {
      width: 100vw;
      max-width: none;
      height: 100dvh;
      max-height: none;
      margin: 0;
      border: 0;
      border-radius: 0;
    }
    dialog[open] {
      align-content: start;
    }
  }
`;
