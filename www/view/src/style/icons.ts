import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";

/** One icon: 16 × 16, drawn in the colour of the text around it, and never read aloud because words stand beside it. */
function icon(shape: SVGTemplateResult): TemplateResult {
  return html`<svg
    width="16"
    height="16"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

export const plusIcon = icon(svg`<path d="M8 3v10M3 8h10" />`);
export const refreshIcon = icon(svg`<path d="M13.2 6.2A5.5 5.5 0 1 0 13.5 8.6M13.5 2.8v3.4h-3.4" />`);
export const linkIcon = icon(
  svg`<path d="M6.5 9.5l3-3M7 4.8l1.3-1.3a2.8 2.8 0 0 1 4 4L11 8.8M9 11.2l-1.3 1.3a2.8 2.8 0 0 1-4-4L5 7.2" />`,
);
export const backIcon = icon(svg`<path d="M13 8H3.5M7.5 3.8L3.3 8l4.2 4.2" />`);
export const searchIcon = icon(svg`<circle cx="7" cy="7" r="4.2" /><path d="M10.2 10.2L13.5 13.5" />`);
export const stopIcon = icon(svg`<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" />`);
export const archiveIcon = icon(svg`<path d="M2.5 3.5h11v3h-11zM3.5 6.5v6h9v-6M6.5 9h3" />`);
export const copyIcon = icon(
  svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M3 10.5v-7a1 1 0 0 1 1-1h6.5" />`,
);
export const checkIcon = icon(svg`<path d="M3.2 8.6l3.2 3.2 6.4-7.2" />`);
export const closeIcon = icon(svg`<path d="M4 4l8 8M12 4l-8 8" />`);
export const branchIcon = icon(
  svg`<circle cx="4.5" cy="3.5" r="1.5" /><circle cx="4.5" cy="12.5" r="1.5" /><circle cx="11.5" cy="5.5" r="1.5" /><path d="M4.5 5v6M11.5 7c0 2.5-7 1.5-7 4" />`,
);
export const pullRequestIcon = icon(
  svg`<circle cx="4" cy="3.5" r="1.5" /><circle cx="4" cy="12.5" r="1.5" /><circle cx="12" cy="12.5" r="1.5" /><path d="M4 5v6M12 11V6.5a2 2 0 0 0-2-2H7.5M9.2 2.8L7.5 4.5l1.7 1.7" />`,
);
export const repositoryIcon = icon(svg`<path d="M3.5 12.5v-9a1 1 0 0 1 1-1h8v11h-8a1 1 0 0 1 0-2h8" />`);
export const outsideIcon = icon(svg`<path d="M6.5 3.5h-3v9h9v-3M9.5 2.5h4v4M13 3L7.5 8.5" />`);
export const sendIcon = icon(svg`<path d="M8 13V3.5M4 7.2L8 3.2l4 4" />`);
export const chevronIcon = icon(svg`<path d="M6 4l4 4-4 4" />`);
export const alertIcon = icon(svg`<path d="M8 2.5l6 11H2zM8 6.8v3M8 11.6v.1" />`);
export const cloudIcon = icon(svg`<path d="M4.6 12.5h6.9a2.7 2.7 0 0 0 .5-5.3 4 4 0 0 0-7.7-.7 3 3 0 0 0 .3 6z" />`);
export const keysIcon = icon(
  svg`<rect x="1.8" y="4" width="12.4" height="8" rx="1.5" /><path d="M4.5 6.7h.1M7 6.7h.1M9.5 6.7h.1M11.8 6.7h.1M5.5 9.5h5" />`,
);
export const handOffIcon = icon(svg`<path d="M2.5 8h8.2M7.5 4.6L10.9 8l-3.4 3.4M10 2.5h3.5v11H10" />`);
export const saveIcon = icon(svg`<path d="M8 2.5v7.2M4.8 6.7L8 9.9l3.2-3.2M2.8 11v2.5h10.4V11" />`);
export const fileIcon = icon(svg`<path d="M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2" />`);
