// The admin's extras: names for its search boxes, drafts kept as one types, a word before the session ends and
// of a file that is too large.
"use strict";

let used = Date.now(); // when the server last heard of us

// The stock search boxes of links (select2) have no name of their own: they get that of their label.

function nameBox(select) {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const shown = document.getElementById(`select2-${select.id}-container`);
  if (label && shown) {
    shown.setAttribute("aria-label", label.textContent.replace(/[:：]\s*$/, ""));
  }
}

function nameBoxes() {
  document.querySelectorAll("select.admin-autocomplete").forEach(nameBox);
}

// After the stock script that makes the boxes, which asked jQuery first. Pages without such boxes come without jQuery.
window.django?.jQuery?.(nameBoxes);
document.addEventListener("formset:added", nameBoxes);

// What is typed is kept on the server; who leaves before it was is asked. `status`: where that is said.
function keepDrafts(form, status) {
  let waits = false; // for being kept
  let timer = 0;
  let sending = null;

  async function keep() {
    timer = 0;
    waits = false;
    sending = new AbortController();
    const body = new FormData(form);
    [...body].forEach(([name, value]) => value instanceof File && body.delete(name)); // only saving sends a file
    body.append("_draft", "1");
    try {
      const options = { method: "POST", body, headers: { Accept: "text/plain" }, signal: sending.signal };
      const response = await fetch(form.getAttribute("action") || location.href, options);
      const isAnswer = response.headers.get("Content-Type")?.startsWith("text/plain");
      waits = waits || !response.ok || !isAnswer;
      used = response.ok ? Date.now() : used;
      status.textContent = isAnswer ? await response.text() : "草稿没有存下：请先复制您填写的内容，再刷新这一页。";
    } catch (error) {
      waits = error.name !== "AbortError";
    }
  }

  function note() {
    waits = true;
    timer = timer || setTimeout(keep, 3000);
  }

  form.addEventListener("input", note);
  window.django?.jQuery?.(form).on("select2:select select2:clear", note); // search boxes tell jQuery alone
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget !== "_blank") {
      waits = false;
      clearTimeout(timer);
      sending?.abort();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (waits) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
}

// Five minutes before the session ends, a word; while it can be helped, with the button that keeps it.
function watchSession(box) {
  const began = used;

  function look() {
    const idle = used + box.dataset.idle * 1000;
    const longest = began + box.dataset.longest * 1000;
    const left = Math.min(idle, longest) - Date.now();
    const state = left <= 0 ? "over" : longest <= idle ? "last" : "soon";
    box.hidden = left > 300000;
    box.querySelectorAll("[data-when]").forEach((part) => {
      part.hidden = part.dataset.when !== state;
    });
  }

  box.querySelector("button").addEventListener("click", async () => {
    const response = await fetch(box.dataset.stay, { cache: "no-store" });
    used = response.ok && !response.redirected ? Date.now() : used;
    look();
  });
  setInterval(look, 10000);
}

// A file that is too large is not sent: the server reads nothing of a form that comes with one.
document.querySelectorAll("[data-most]").forEach((input) => {
  input.addEventListener("change", () => {
    const isTooLarge = input.files[0]?.size > Number(input.dataset.most);
    document.getElementById(`${input.id}-too-large`).hidden = !isTooLarge;
    if (isTooLarge) {
      input.value = "";
    }
  });
});

const draft = document.getElementById("draft");
const session = document.getElementById("session");
if (draft) {
  keepDrafts(draft.closest("form"), draft);
}
if (session) {
  watchSession(session);
}
