// Saves what is being written, a moment after the writer pauses; without script a button does the same.
// What a colleague changed in the same draft is taken where it was left alone here, and shown where both changed it.
const form = document.querySelector("form.report-form");
const state = document.getElementById("draft-state");
const PAUSE = 1500;
let timer = 0;
let inputs = 0;
let busy = false;

function controls(name) {
  return [...form.elements].filter((one) => one.name === name);
}

function valuesOf(name) {
  return new FormData(form).getAll(name).map(String).filter((value) => value !== "");
}

function put(name, values) {
  controls(name).forEach((one, place) => {
    one.closest("details")?.setAttribute("open", "");
    if (one.type === "checkbox" || one.type === "radio") {
      one.checked = values.includes(one.value);
    } else {
      one.value = values[place] ?? "";
    }
    one.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function versions() {
  try {
    return JSON.parse(form.elements.versions.value || "{}");
  } catch {
    return {};
  }
}

function know(name, version) {
  form.elements.versions.value = JSON.stringify({ ...versions(), [name]: version });
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button-secondary";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function showConflict(name, theirs) {
  const place = (controls(name)[0] || form).closest(".field") || form;
  const id = `meanwhile-${name}`;
  document.getElementById(id)?.remove();
  const note = document.createElement("div");
  note.id = id;
  note.className = "notice notice-warning";
  note.setAttribute("role", "alert");
  const said = document.createElement("p");
  said.textContent = theirs.said;
  const text = document.createElement("div");
  text.className = "typed";
  text.textContent = theirs.value.join("\n");
  const done = (take) => () => {
    know(name, theirs.version);
    if (take) {
      put(name, theirs.value);
    }
    note.remove();
    soon();
  };
  note.append(said, text, button(theirs.mine, done(false)), button(theirs.theirs, done(true)));
  place.append(note);
}

function received(told, sent) {
  if (form.getAttribute("action") !== told.url) {
    form.setAttribute("action", told.url);
    history.replaceState(null, "", told.url);
    form.elements.submission.value = told.url.split("/").at(-2);
  }
  const known = { ...told.versions };
  for (const [name, theirs] of Object.entries(told.conflicts)) {
    known[name] = versions()[name] ?? 0;
    showConflict(name, theirs);
  }
  for (const [name, values] of Object.entries(told.taken)) {
    if (JSON.stringify(valuesOf(name)) === JSON.stringify(sent.getAll(name).map(String).filter((each) => each !== ""))) {
      put(name, values);
    } else {
      known[name] = versions()[name] ?? 0;
    }
  }
  form.elements.versions.value = JSON.stringify(known);
  state.textContent = told.said;
}

async function save() {
  if (busy) {
    soon();
    return;
  }
  busy = true;
  const turn = inputs;
  const sent = new FormData(form);
  sent.set("do", "save");
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(sent),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
    });
    const told = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : null;
    if (answer.ok && told !== null) {
      received(told, sent);
      if (turn === inputs) {
        form.dispatchEvent(new Event("saved"));
      }
    } else {
      state.textContent = told?.wrong?.join(" ") || state.dataset.failed;
    }
  } catch {
    state.textContent = state.dataset.failed;
  } finally {
    busy = false;
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

if (form && state) {
  form.addEventListener("input", () => {
    inputs += 1;
    soon();
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}
