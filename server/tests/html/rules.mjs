// What html-validate checks beyond its recommended rules, and the rules that are changed, each with its reason.

/** Leptos wraps islands and their children from the server in elements of its own, which may stand anywhere. */
export const elements = {
  "leptos-island": { flow: true, phrasing: true, transparent: true },
  "leptos-children": { flow: true, phrasing: true, transparent: true },
};

export const rules = {
  // The table that an island shows once there are newer bids has the name of the one it replaces, and is hidden until then.
  "unique-landmark": "off",
  // Both spellings, `hidden` and `hidden=""`, are valid; Leptos chooses one.
  "attribute-empty-style": "off",
  // A page's title contains the name of its project, whose name may have 100 characters.
  "long-title": "off",
  // A list with a name is announced with it, which ARIA allows.
  "aria-label-misuse": ["error", { allowAnyNamable: true }],
  // Checkboxes of one group have one name, like radio buttons.
  "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "submit"] }],
  // Tables and code that scroll sideways are regions without a heading. Those in users' texts are written by ammonia, which
  // recognizes them by their `div`.
  "prefer-native-element": ["error", { exclude: ["region"] }],
};
