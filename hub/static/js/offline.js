// The script of the form that works from a disk: saves what is filled in as a file, and reads such a file again.
const form = document.getElementById("report");
const told = document.getElementById("told");
let changed = false;

function filled() {
  const values = {};
  for (const [name, value] of new FormData(form).entries()) {
    (values[name] ??= []).push(value);
  }
  for (const name of Object.keys(values)) {
    if (values[name].every((each) => each === "")) {
      delete values[name];
    }
  }
  return values;
}

function fileName() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const label = (form.elements.label.value || "TLP:RED").replace(/[^A-Z+]/g, "-");
  return `${label}_report-${day}-${two(now.getHours())}${two(now.getMinutes())}.json`;
}

function save() {
  const file = { form: form.dataset.form, version: form.dataset.version, values: filled() };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
  link.download = fileName();
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  changed = false;
  told.textContent = form.checkValidity() ? told.dataset.saved : told.dataset.lacking;
}

function put(control, places, values) {
  if (control.type === "radio" || control.type === "checkbox") {
    control.checked = values.includes(control.value);
  } else {
    const place = places[control.name] ?? 0;
    places[control.name] = place + 1;
    control.value = values[place] ?? "";
  }
}

async function read(file) {
  let saved = null;
  try {
    saved = JSON.parse(await file.text());
  } catch {
    saved = null;
  }
  if (saved?.form !== form.dataset.form || typeof saved.values !== "object") {
    told.textContent = told.dataset.wrong;
    return;
  }
  const places = {};
  for (const control of form.elements) {
    if (control.name) {
      const values = saved.values[control.name];
      put(control, places, Array.isArray(values) ? values.map(String) : []);
    }
  }
  told.textContent = saved.version === form.dataset.version ? told.dataset.read : told.dataset.other;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.addEventListener("input", () => {
  changed = true;
});
document.getElementById("again").addEventListener("change", (event) => {
  if (event.target.files.length) {
    read(event.target.files[0]);
  }
});
window.addEventListener("beforeunload", (event) => {
  if (changed) {
    event.preventDefault();
  }
});
