import { css } from "lit";

/** Words that stand apart: `wait` for what the person should know or do, `bad` for what failed. */
export const noticeStyles = css`
  .notice {
    display: flex;
    gap: 8px;
    padding: 8px 12px;
    border: 1px solid var(--ca-line);
    border-radius: var(--ca-radius);
    background: var(--ca-sunken);
    overflow-wrap: anywhere;
  }
  .notice > svg {
    margin-top: 2px;
  }
  .notice.bad {
    border-color: var(--ca-bad);
    background: var(--ca-bad-fill);
  }
  .notice.bad > svg {
    color: var(--ca-bad);
  }
  .notice.wait {
    border-color: var(--ca-wait);
    background: var(--ca-wait-fill);
  }
`;
