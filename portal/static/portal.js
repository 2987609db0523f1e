// The little that neither HTML nor htmx does: menus close on Escape and on a click elsewhere, a dialog opens over its
// page, a form is sent once, what runs shows it, and on the way back the keyboard stands where it stood.
const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

// A panel stands beside the page. Its link opens and closes it; what htmx brings into it is asked for at each opening.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-panel]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  document.getElementById(link.dataset.panel).togglePopover();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const panel of document.querySelectorAll("[popover=manual]:popover-open")) {
    panel.hidePopover();
    document.querySelector(`a[data-panel="${panel.id}"]`)?.focus();
  }
  // What a chart shows under the pointer covers the bars beside it: Escape hides it until the pointer has left.
  for (const tips of document.querySelectorAll(".chart-tips:hover")) {
    tips.hidden = true;
    tips.parentElement.addEventListener("pointerleave", () => (tips.hidden = false), { once: true });
  }
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A button that copies what stands in a field; without script the field can be copied by hand.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  if (!navigator.clipboard) return; // Over plain HTTP the browser has none: what is to be copied is selected.
  await navigator.clipboard.writeText(field.value);
  const news = document.createElement("p");
  news.textContent = "The link is copied.";
  document.getElementById("news").replaceChildren(news);
});

// Without script, or in a new tab, the link of a dialog leads to its page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
  bringAlerts(dialog);
});

// Behind an open dialog nothing is seen or heard: the place of alerts comes into it, and goes back empty.
const bringAlerts = (dialog) => {
  const alerts = document.getElementById("alert");
  const home = alerts.parentElement;
  dialog.querySelector(".dialog-body").prepend(alerts);
  dialog.addEventListener("close", () => { alerts.replaceChildren(); home.append(alerts); }, { once: true });
};

// Two clicks are one effect. The button is marked, not disabled, or its own name would not be sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-busy", "true");
});

// A page that comes back from the browser's memory has its forms unsent.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// The button that asked htmx for something is busy until the answer is there.
const buttonOf = (event) => {
  const source = event.detail.ctx?.sourceElement;
  return source?.matches?.("form") ? source.querySelector("button[type=submit]") : source?.closest?.(".button");
};

// What asks by itself keeps still while nobody can see it, as in a closed panel, and leaves alone what was said.
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx?.sourceElement?.matches?.("[data-poll]")) {
    if (document.hidden || !event.detail.ctx.sourceElement.checkVisibility()) event.preventDefault();
    return;
  }
  document.getElementById("alert").replaceChildren();
  buttonOf(event)?.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:finally:request", (event) => buttonOf(event)?.removeAttribute("aria-busy"));

// No answer came: nobody but the page can say so.
document.addEventListener("htmx:error", () => {
  const words = document.getElementById("unreachable").content.cloneNode(true);
  document.getElementById("alert").replaceChildren(words);
  document.getElementById("alert").scrollIntoView();
});

document.addEventListener("htmx:before:history:update", (event) => {
  const left = document.activeElement?.id || event.detail.sourceElement?.id;
  history.replaceState({ ...history.state, left }, "");
});

document.addEventListener("htmx:before:history:restore", () => {
  const { left } = history.state;
  const settle = () => document.getElementById(left)?.focus();
  document.addEventListener("htmx:finally:request", () => setTimeout(settle), { once: true });
});
