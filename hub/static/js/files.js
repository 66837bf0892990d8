// Sends the chosen files part by part, and goes on where it stopped after a cut; without script the form sends them whole.
const form = document.querySelector("form.files-form");
const state = document.getElementById("upload-state");
const PART = 1024 * 1024;
const TRIES = 6;
const HASHED = 64 * 1024 * 1024;
const KIND = "application/offset+octet-stream";

function token() {
  return form.elements.csrf_token.value;
}

function wait(milliseconds) {
  return new Promise((done) => {
    setTimeout(done, milliseconds);
  });
}

async function wordsOf(answer) {
  const told = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : null;
  return told?.wrong?.join(" ") || state.dataset.failed;
}

class Refused extends Error {}

async function digestOf(file) {
  if (!window.crypto?.subtle || file.size > HASHED) {
    return "";
  }
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return [...found].map((each) => each.toString(16).padStart(2, "0")).join("");
}

async function begin(file) {
  const begun = [...document.querySelectorAll("[data-arriving]")].find(
    (each) => each.dataset.name === file.name.normalize("NFC") && Number(each.dataset.size) === file.size,
  );
  if (begun) {
    return begun.dataset.arriving;
  }
  const said = new FormData(form);
  said.delete("files");
  said.set("name", file.name);
  said.set("size", String(file.size));
  said.set("sha256", await digestOf(file));
  const answer = await fetch(`${form.getAttribute("action")}uploads`, {
    method: "POST",
    body: new URLSearchParams(said),
    credentials: "same-origin",
    redirect: "error",
  });
  if (!answer.ok) {
    throw new Refused(await wordsOf(answer));
  }
  return (await answer.json()).url;
}

async function arrived(url) {
  const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", redirect: "error" });
  if (!answer.ok) {
    throw new Refused(await wordsOf(answer));
  }
  return (await answer.json()).offset;
}

async function sendPart(url, file, offset) {
  const answer = await fetch(url, {
    method: "PATCH",
    body: file.slice(offset, offset + PART),
    headers: { "Content-Type": KIND, "Upload-Offset": String(offset), "X-CSRFToken": token() },
    credentials: "same-origin",
    redirect: "error",
  });
  if (answer.status === 409 || answer.status >= 500) {
    throw new Error(String(answer.status));
  }
  if (!answer.ok) {
    throw new Refused(await wordsOf(answer));
  }
  return (await answer.json()).offset;
}

async function send(file, show) {
  const url = await begin(file);
  let failures = 0;
  let offset = null;
  while (offset === null || offset < file.size) {
    try {
      offset = offset === null ? await arrived(url) : await sendPart(url, file, offset);
      failures = 0;
      show(offset);
    } catch (error) {
      failures += 1;
      if (error instanceof Refused || failures > TRIES) {
        throw error;
      }
      show(offset ?? 0, state.dataset.again);
      await wait(500 * 2 ** failures);
      offset = null;
    }
  }
}

function line(file) {
  const made = document.createElement("p");
  const words = document.createElement("span");
  const bar = document.createElement("progress");
  const note = document.createElement("span");
  bar.max = file.size;
  bar.value = 0;
  words.textContent = `${state.dataset.sending}: ${file.name} `;
  words.id = `sending-${state.children.length}`;
  bar.setAttribute("aria-labelledby", words.id);
  made.append(words, bar, note);
  state.append(made);
  return (offset, said = "") => {
    bar.value = offset;
    note.textContent = said ? ` ${said}` : "";
  };
}

async function sendAll(files) {
  let failed = false;
  state.replaceChildren();
  for (const file of files) {
    const show = line(file);
    try {
      await send(file, show);
    } catch (error) {
      failed = true;
      show(0, error instanceof Refused ? error.message : state.dataset.failed);
    }
  }
  if (!failed) {
    window.location.assign(form.getAttribute("action"));
  }
  return failed;
}

if (form && state) {
  form.addEventListener(
    "submit",
    (event) => {
      const files = [...form.elements.files.files];
      if (!files.length || files.some((each) => each.size === 0)) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = form.querySelector("button[type=submit]");
      button.disabled = true;
      sendAll(files).then((failed) => {
        button.disabled = false;
        if (failed) {
          form.elements.files.focus();
        }
      });
    },
    { capture: true },
  );
}
