import type { ReactNode } from "react";

/** Drawn for this page on a grid of 24, strokes of 2; decoration beside a text. */
function Icon({ children }: { children: ReactNode }): ReactNode {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const MicIcon = (): ReactNode => (
  <Icon>
    <rect x="9" y="2.5" width="6" height="11.5" rx="3" />
    <path d="M5 11a7 7 0 0 0 14 0M12 18v3.5M8.5 21.5h7" />
  </Icon>
);
export const MicOffIcon = (): ReactNode => (
  <Icon>
    <path d="M9 9V5.5a3 3 0 0 1 6 0V11M5 11a7 7 0 0 0 11.6 5.2M19 11a7 7 0 0 1-.4 2.3M12 18v3.5M8.5 21.5h7M3.5 3.5l17 17" />
  </Icon>
);
export const ThinkIcon = (): ReactNode => (
  <Icon>
    <circle cx="5" cy="12" r="1.6" fill="currentColor" />
    <circle cx="12" cy="12" r="1.6" fill="currentColor" />
    <circle cx="19" cy="12" r="1.6" fill="currentColor" />
  </Icon>
);
export const SpeakIcon = (): ReactNode => (
  <Icon>
    <path d="M4 9.5v5h3.5l5 4.5V5L7.5 9.5zM16 9a4.2 4.2 0 0 1 0 6M18.7 6.3a8 8 0 0 1 0 11.4" />
  </Icon>
);
export const LostIcon = (): ReactNode => (
  <Icon>
    <path d="M3 9.5a13.5 13.5 0 0 1 5.2-3.2M21 9.5a13.5 13.5 0 0 0-8-3.8M6.3 13a8.7 8.7 0 0 1 4-2.2M17.7 13a8.7 8.7 0 0 0-1.7-1.3M9.6 16.4a4 4 0 0 1 4.8 0M12 20h.01M3.5 3.5l17 17" />
  </Icon>
);
export const KeyboardIcon = (): ReactNode => (
  <Icon>
    <rect x="2.5" y="6" width="19" height="12" rx="2.5" />
    <path d="M6.5 10h.01M10 10h.01M14 10h.01M17.5 10h.01M8.5 14h7" />
  </Icon>
);
export const SendIcon = (): ReactNode => (
  <Icon>
    <path d="M5 12h14M13 6l6 6-6 6" />
  </Icon>
);
export const AgainIcon = (): ReactNode => (
  <Icon>
    <path d="M4 4.5V9h4.5M4.6 9A8 8 0 1 1 4 12.5" />
  </Icon>
);
export const DoneIcon = (): ReactNode => (
  <Icon>
    <path d="M5 12.5l4.5 4.5L19 7.5" />
  </Icon>
);
export const CrossIcon = (): ReactNode => (
  <Icon>
    <path d="M6.5 6.5l11 11M17.5 6.5l-11 11" />
  </Icon>
);
export const DeleteIcon = (): ReactNode => (
  <Icon>
    <path d="M8.5 5.5H20a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H8.5L2.5 12zM12 9.5l5 5M17 9.5l-5 5" />
  </Icon>
);
export const PrintIcon = (): ReactNode => (
  <Icon>
    <path d="M7 8.5V3.5h10v5M7 17H4.5A1.5 1.5 0 0 1 3 15.5V10a1.5 1.5 0 0 1 1.5-1.5h15A1.5 1.5 0 0 1 21 10v5.5a1.5 1.5 0 0 1-1.5 1.5H17M7 14h10v6.5H7z" />
  </Icon>
);
export const PageIcon = (): ReactNode => (
  <Icon>
    <path d="M6.5 2.5h7l5 5v14h-12zM13.5 2.5v5h5M9.5 13h6M9.5 17h6" />
  </Icon>
);
export const WarnIcon = (): ReactNode => (
  <Icon>
    <path d="M12 3.5l9.5 16.5h-19zM12 10v4.5M12 17.3h.01" />
  </Icon>
);
