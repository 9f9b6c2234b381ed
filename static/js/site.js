// Extras only: every page and every journey works without this file.
document.documentElement.classList.add("has-script");

// What opens closes with Escape, and the focus goes back to what opened it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const fold = event.target.closest("details[open]");
  const summary = fold?.querySelector("summary");
  if (!summary?.offsetParent) return; // it stands open on a wide screen
  fold.open = false;
  summary.focus();
});

// What an address leads to is seen: older browsers leave it in its fold.
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1));
  const fold = target?.parentElement.closest("details:not([open])");
  if (!fold) return;
  fold.open = true;
  target.scrollIntoView();
};
// What is long on a phone is folded there, but on paper.
const long = [...document.querySelectorAll(".fold--narrow")];
const setLong = (isOpen) => long.forEach((fold) => { fold.open = isOpen; });
if (matchMedia("(max-width: 40rem)").matches) {
  setLong(false);
  let before = [];
  addEventListener("beforeprint", () => {
    before = long.filter((fold) => fold.open);
    setLong(true);
  });
  addEventListener("afterprint", () => long.forEach((fold) => { fold.open = before.includes(fold); }));
}
unfold();
addEventListener("hashchange", unfold);

const say = (words) => {
  const said = document.getElementById("said");
  said.classList.add("said--now"); // a live region speaks of what changes while it shows
  requestAnimationFrame(() => { said.textContent = words; });
  setTimeout(() => said.classList.remove("said--now"), 3000);
};

const copy = async (text, source) => {
  try {
    await navigator.clipboard.writeText(text);
    say("已复制");
  } catch {
    getSelection().selectAllChildren(source); // not allowed here: ready for the keyboard
    say("请按复制快捷键");
  }
};

// Without a clipboard the link leads to the words.
const cite = async (link) => {
  try {
    await navigator.clipboard.writeText(link.dataset.cite);
    say("已复制");
  } catch {
    location.assign(link.href);
  }
};

document.addEventListener("click", (event) => {
  const cited = event.target.closest("a[data-cite]");
  if (cited) {
    event.preventDefault();
    cite(cited);
  }
  const anchor = event.target.closest("a[data-address]");
  const button = event.target.closest("button");
  if (anchor) copy(anchor.href, anchor);
  if (button?.dataset.print !== undefined) window.print();
  if (button?.dataset.copy !== undefined) {
    const source = document.getElementById(button.dataset.copy);
    copy(source.textContent, source);
  }
});

// Contents mark the part that is being read: the last one whose beginning has come to where a link to it puts it.
const NEAR = 40;
const entries = [...document.querySelectorAll(".toc a")].map((link) => [link, document.getElementById(link.hash.slice(1))]);
const showPlace = () => {
  const isPassed = ([, part]) =>
    part.getBoundingClientRect().top <= parseFloat(getComputedStyle(part).scrollMarginTop) + NEAR;
  const now = entries.filter(isPassed).pop();
  for (const entry of entries) {
    if (entry === now) entry[0].setAttribute("aria-current", "true");
    else entry[0].removeAttribute("aria-current");
  }
};
if (entries.length) {
  addEventListener("scroll", showPlace, { passive: true });
  showPlace();
}

// The next page is fetched when a pointer rests on its link, unless the reader saves data or movement.
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
if (!calm && !navigator.connection?.saveData) {
  const asked = new Set([location.pathname + location.search]);
  let resting;
  const fetchAhead = (link) => {
    const address = link.pathname + link.search;
    if (asked.has(address)) return;
    asked.add(address);
    const hint = document.createElement("link");
    hint.rel = "prefetch";
    hint.href = address;
    document.head.append(hint);
  };
  const wait = (milliseconds) => (event) => {
    clearTimeout(resting);
    const link = event.target.closest?.("a[href]");
    if (!link || link.origin !== location.origin || link.rel.includes("nofollow")) return;
    resting = setTimeout(fetchAhead, milliseconds, link);
  };
  document.addEventListener("pointerover", wait(100), { passive: true });
  document.addEventListener("touchstart", wait(0), { passive: true });
}
