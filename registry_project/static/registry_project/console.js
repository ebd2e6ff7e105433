// Unfold's menus, filters and switches listen to the mouse alone. Here they become buttons: found by the tab key, worked
// by Enter and the space bar, and read out by a name instead of by the letters that draw their icon.
"use strict";

const NAMES = {
  dock_to_right: "Menu",
  close: "Close the menu",
  more_horiz: "More",
  deployed_code: "Front page",
  arrow_back: "Go back",
};
// What has no text and shows different icons, by what it does.
const BY_DEED = { openTheme: "Colours", showPassword: "Show the password" };
const NATIVE = "a[href], button, input, select, textarea, label, summary";
const CLICKED = "[x-on\\:click]";

function work(control) {
  if (control.matches(NATIVE) || control.id === "changelist-filter-close" || control.role === "button") return;
  control.role = "button";
  control.tabIndex = 0;
  const deed = control.getAttribute("x-on:click");
  const name = NAMES[control.textContent.trim()] ?? BY_DEED[Object.keys(BY_DEED).find((word) => deed.startsWith(`${word} = !`))];
  if (name) control.setAttribute("aria-label", name);
  control.addEventListener("keydown", (event) => {
    if (event.target !== control || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    control.click();
  });
  if (deed.includes("filterOpen = true")) {
    control.addEventListener("click", () => requestAnimationFrame(enterFilters));
  }
}

function enterFilters() {
  document.querySelector("#changelist-filter :is(a[href], input, select, button)")?.focus();
}

function silence(icon) {
  if (icon.role === "button") return;
  icon.setAttribute("aria-hidden", "true");
  const link = icon.closest("a[href], button");
  const says = link && (link.title || link.getAttribute("aria-label"));
  const name = icon.textContent.trim();
  if (link && !says && link.textContent.trim() === name) link.setAttribute("aria-label", NAMES[name] ?? name.replaceAll("_", " "));
}

function mend(root) {
  if (!(root instanceof Element)) return;
  if (root.matches(CLICKED)) work(root);
  root.querySelectorAll(CLICKED).forEach(work);
  root.querySelectorAll(".material-symbols-outlined").forEach(silence);
}

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("content")?.setAttribute("role", "main");
  mend(document.body);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(mend))).observe(document.body, {
    childList: true,
    subtree: true,
  });
});
