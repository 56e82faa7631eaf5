// Keeps a page up to date. A stream reports changes. The script then requests the page again at its own address, and
// replaces the elements with data-live. An element with the focus or a selection remains until the user releases it.
(() => {
  "use strict";
  const bar = document.getElementById("live");
  if (!bar) return;
  const words = bar.dataset;
  const button = bar.querySelector("button");
  const status = bar.querySelector("[role=status]");
  const MAX_TRIES = 3; // of streams; then the script requests page and stream about every five seconds
  const RETRY_MS = 1000;
  const POLL_MS = 4000;
  const JITTER_MS = 1000;
  const SILENCE_MS = 12000; // the stream sends a heartbeat every 5 s
  const PATIENCE_MS = 10000;

  let isOn = sessionStorage.getItem("entente-live") !== "off";
  let stream = null;
  let timer = 0; // of the next try
  let watchdog = 0; // of a silent stream
  let settling = 0;
  let tries = 0;
  let seen = ""; // the last value of the stream
  let isAsking = false;
  let isAskedAgain = false;
  let wasLost = false;
  let isLeaving = false; // the user signed out, or the user's access changed
  const waiting = new Map(); // new content of an element with the focus or a selection

  const later = (action, ms) => {
    clearTimeout(timer);
    timer = setTimeout(action, ms + Math.random() * JITTER_MS);
  };

  const close = () => {
    clearTimeout(watchdog);
    clearTimeout(timer);
    if (stream) stream.close();
    stream = null;
  };

  // Only a successful page request makes this page live. An open stream does not, because a proxy may refuse the page.
  const tell = (isLost) => {
    if (document.hidden || !isOn) return;
    button.textContent = isLost ? words.wait : words.on;
    if (isLost === wasLost) return;
    bar.classList.toggle("lost", isLost);
    status.textContent = isLost ? `${words.lost} ${document.getElementById("asof").textContent}` : words.back;
    wasLost = isLost;
  };

  // Navigates like a link, so that a proxy can request a new session. reload() would send a form again.
  const leave = () => {
    isOn = false;
    close();
    location.replace(location.pathname + location.search);
  };

  const failed = (wasOpen) => {
    close();
    if (wasOpen) tell(true);
    tries += 1;
    if (tries < MAX_TRIES) later(open, RETRY_MS);
    else later(poll, POLL_MS);
  };

  const poll = async () => {
    await refresh();
    if (isOn && !isLeaving && !document.hidden) open();
  };

  function open() {
    close();
    seen = "";
    const own = new EventSource(address(words.stream));
    let isOpen = false;
    const watch = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => failed(isOpen), SILENCE_MS);
    };
    const on = (name, action) =>
      own.addEventListener(name, (event) => {
        isOpen = true;
        tries = 0;
        watch();
        action(event);
      });
    stream = own;
    watch();
    own.onerror = () => failed(isOpen);
    on("beat", () => {
      if (wasLost) refresh();
    });
    on("signed-out", () => {
      isLeaving = true;
      close();
      poll();
    });
    on("changed", (event) => {
      if (event.data !== seen) {
        seen = event.data;
        refresh();
      }
    });
  }

  // True for a page that the user must see, such as a sign-in page; false for a proxy's response without a coordinator.
  const isForPeople = (answer, page) =>
    answer.type === "opaqueredirect" ||
    [200, 401, 403].includes(answer.status) ||
    (answer.status < 500 && page.querySelector("header.top .brand") !== null);

  async function refresh() {
    isAskedAgain = isAsking;
    if (isAsking) return;
    isAsking = true;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const headers = { Accept: "text/html" };
      const answer = await fetch(address(location.href), { headers, cache: "no-store", redirect: "manual", signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!isOn) return;
      const isLive = answer.ok && page.querySelector("#live[data-stream]") !== null;
      const isSame = isLive && page.documentElement.lang === document.documentElement.lang;
      if (isSame && !isLeaving) {
        show(page);
        tell(false);
      } else if (isForPeople(answer, page)) leave();
      else throw new Error(answer.statusText);
    } catch {
      tell(true);
      if (isLeaving) later(poll, POLL_MS);
    } finally {
      isAsking = false;
    }
    if (isAskedAgain) refresh();
  }

  // The first page of a list keeps the time of its newest row. The page shows newer rows as a number only.
  function address(of) {
    const url = new URL(of, location.href);
    url.hash = "";
    if (document.getElementById("newer") && !url.searchParams.has("asof") && !url.searchParams.has("page")) {
      const time = document.querySelector("#rows time") || document.querySelector("#asof time");
      url.searchParams.set("asof", time.dateTime);
    }
    return url;
  }

  // A drawing has the focus only for scrolling with the arrow keys. The new drawing takes over the focus.
  const isHeld = (element) => {
    const focused = document.activeElement;
    const chosen = getSelection();
    return (
      (focused !== element && element.contains(focused) && !focused.matches(".drawing")) ||
      (!chosen.isCollapsed && chosen.containsNode(element, true))
    );
  };

  const exchange = (element, fresh) => {
    const old = element.querySelector(".drawing");
    const place = old && [old.scrollLeft, old.scrollTop];
    const isFocused = old && old === document.activeElement;
    element.replaceChildren(...fresh.childNodes);
    const drawing = element.querySelector(".drawing");
    if (drawing && place) drawing.scrollTo(...place);
    if (drawing && isFocused) drawing.focus({ preventScroll: true });
    unmark(element);
  };

  const markOf = (element) => document.querySelector(`.stale[data-of="${element.id}"]`);

  function unmark(element) {
    const mark = markOf(element);
    if (mark && mark === document.activeElement) {
      element.tabIndex = -1;
      element.focus({ preventScroll: true });
    }
    if (mark) mark.remove();
    element.classList.remove("outdated");
  }

  const mark = (element) => {
    if (element.tagName !== "DIV" || markOf(element)) return;
    const shower = document.createElement("button");
    shower.type = "button";
    shower.className = "stale";
    shower.dataset.of = element.id;
    shower.dataset.outdated = words.outdated;
    shower.textContent = words.stale;
    shower.onclick = () => {
      exchange(element, waiting.get(element));
      waiting.delete(element);
    };
    element.classList.add("outdated");
    element.before(shower);
  };

  const change = (element, fresh) => {
    waiting.delete(element);
    const hasChanged = element.innerHTML !== fresh.innerHTML;
    if (hasChanged && isHeld(element)) {
      waiting.set(element, fresh);
      mark(element);
    } else if (hasChanged) exchange(element, fresh);
    else unmark(element);
  };

  const settle = () => {
    clearTimeout(settling);
    [...waiting].forEach(([element, fresh]) => change(element, fresh));
    if (waiting.size > 0) settling = setTimeout(settle, RETRY_MS);
  };

  // Rows keep their positions. Each row gets its new cells, and a row that left the list is marked.
  const changeRows = (list, page) => {
    const rows = [...list.querySelectorAll("tr[id]")];
    const fresh = rows.map((row) => page.getElementById(row.id));
    const isWhole = page.querySelector("a[rel=next]") === null;
    const end = isWhole ? rows.length : fresh.findLastIndex((row) => row !== null);
    rows.forEach((row, i) => {
      if (fresh[i]) {
        [...fresh[i].children].forEach((cell, j) => {
          const shown = row.children[j];
          if (shown.innerHTML !== cell.innerHTML && !isHeld(shown)) shown.replaceWith(cell);
        });
      } else if (i < end && !row.querySelector(".gone")) {
        const gone = document.createElement("span");
        gone.className = "small quiet gone";
        gone.textContent = words.gone;
        row.querySelector("th").append(gone);
      }
    });
  };

  const show = (page) => {
    document.querySelectorAll("[data-live]").forEach((element) => {
      const fresh = page.getElementById(element.id);
      if (element.dataset.live === "rows") {
        if (fresh || !page.querySelector("main .failed")) changeRows(element, page);
      } else if (fresh) change(element, document.adoptNode(fresh));
    });
    settle();
  };

  const start = () => {
    button.textContent = isOn ? words.wait : words.off;
    bar.classList.toggle("off", !isOn);
    close();
    tries = 0;
    if (isOn && !document.hidden) open();
  };

  button.onclick = () => {
    isOn = !isOn;
    sessionStorage.setItem("entente-live", isOn ? "on" : "off");
    bar.classList.remove("lost");
    wasLost = false;
    status.textContent = "";
    start();
  };
  document.addEventListener("visibilitychange", start);

  // A cookie stores the language now. Each request with lang would override the choice of another tab.
  const here = new URL(location.href);
  if (navigator.cookieEnabled) here.searchParams.delete("lang");
  history.replaceState(history.state, "", here);
  bar.hidden = false;
  start();
})();
