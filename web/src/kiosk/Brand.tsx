import type { ReactNode } from "react";

import type { Look } from "./look";

/** The shop's logo, or its name. */
export function Brand({ look }: { look: Look }): ReactNode {
  if (look.logo) return <img className="logo" src={look.logo} alt={look.name} />;
  return (
    <span className="brand">
      <span className="brand-mark" aria-hidden="true">
        {look.name.replace(/^the /i, "").charAt(0).toUpperCase()}
      </span>
      {look.name}
    </span>
  );
}
