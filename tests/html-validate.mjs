// What html-validate asks of a page beyond the standard: its recommended rules, without those that are not for us.
export default {
  root: true,
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // Templates leave spaces at the ends of lines; a browser does not mind.
    "no-trailing-whitespace": "off",
    // Scripts and sheets come from the portal itself, under names that change with their content.
    "require-sri": ["error", { target: "crossorigin" }],
    // Several boxes of one name are one choice of several.
    "form-dup-name": ["error", { shared: ["radio", "button", "reset", "submit", "checkbox"] }],
  },
};
