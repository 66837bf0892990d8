// Comfort for forms; every form works without it.
// data-once   a second click sends nothing
// data-guard  asks before leaving with text that was not sent
// data-keep   keeps the text of this tab under the given name until it is sent

const KEEP_PREFIX = "kept:";
const NEVER_KEPT = new Set(["password", "hidden", "file", "submit"]);

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
}

// Coming back by the browser's history shows the page as it was left: sendable again.
function allowAgain() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
    }
  }
}

function guard(form) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  form.addEventListener("saved", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (changed) {
      event.preventDefault();
      event.returnValue = form.dataset.guard;
    }
  });
}

function controls(form) {
  return [...form.elements].filter((one) => one.name && !NEVER_KEPT.has(one.type));
}

function read(control) {
  if (control.type === "checkbox" || control.type === "radio") {
    return control.checked;
  }
  return control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;
}

function write(control, value) {
  if (control.type === "checkbox" || control.type === "radio") {
    control.checked = value;
  } else if (control.multiple) {
    for (const option of control.options) {
      option.selected = value.includes(option.value);
    }
  } else {
    control.value = value;
  }
}

function keyOf(control) {
  return control.type === "checkbox" || control.type === "radio" ? `${control.name}=${control.value}` : control.name;
}

function keep(form) {
  const place = KEEP_PREFIX + form.dataset.keep;
  const wrong = form.querySelector("[aria-invalid=true]") || document.querySelector(".error-summary");
  const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
  if (!wrong) {
    for (const control of controls(form)) {
      if (keyOf(control) in kept) {
        write(control, kept[keyOf(control)]);
      }
    }
  }
  form.addEventListener("input", () => {
    const values = Object.fromEntries(controls(form).map((control) => [keyOf(control), read(control)]));
    sessionStorage.setItem(place, JSON.stringify(values));
  });
  form.addEventListener("submit", () => sessionStorage.removeItem(place));
  form.addEventListener("saved", () => sessionStorage.removeItem(place));
}

for (const form of document.querySelectorAll("form[data-once]")) {
  sendOnce(form);
}
for (const form of document.querySelectorAll("form[data-guard]")) {
  guard(form);
}
for (const form of document.querySelectorAll("form[data-keep]")) {
  keep(form);
}
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    allowAgain();
  }
});
document.querySelector("[data-focus]")?.focus();
