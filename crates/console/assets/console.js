// Keeps an open page up to date. Everything works without it.
"use strict";
(() => {
  const live = document.getElementById("live");
  const said = document.getElementById("said");
  if (!live || !window.EventSource) return;

  // Forms that somebody is filling in stay as they are.
  const isBusy = () => {
    const active = document.activeElement;
    return active && active.matches("input, select, textarea, button") && active.closest("main form");
  };
  const opened = (main) =>
    [...main.querySelectorAll("details")].map((details) => details.open);

  let isLoading = false;
  let isStale = false;
  const update = async () => {
    if (isLoading || isBusy() || document.hidden) {
      isStale = true;
      return;
    }
    isLoading = true;
    isStale = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const before = document.querySelector("main");
      const after = page.querySelector("main");
      if (!after || isBusy()) return;
      const footer = page.getElementById("as-of");
      const asOf = document.getElementById("as-of");
      if (footer && asOf) asOf.textContent = footer.textContent;
      if (before.innerHTML === after.innerHTML) return;
      const open = opened(before);
      [...after.querySelectorAll("details")].forEach((details, at) => {
        details.open = Boolean(open[at]);
      });
      const focused = document.activeElement;
      const address = focused && focused.closest("main") ? focused.getAttribute("href") : null;
      before.replaceChildren(...after.childNodes);
      if (address) {
        const again = [...before.querySelectorAll("a")].find(
          (link) => link.getAttribute("href") === address,
        );
        if (again) again.focus({ preventScroll: true });
      }
      document.title = page.title;
      if (document.body.dataset.quiet !== "yes") said.textContent = said.dataset.changed;
      // A screen reader hears of it at most once a minute.
      document.body.dataset.quiet = "yes";
      setTimeout(() => {
        document.body.dataset.quiet = "no";
        said.textContent = "";
      }, 60000);
    } finally {
      isLoading = false;
    }
  };

  // Only the page that is looked at listens: browsers have six connections to a site, for
  // all pages that are open or kept to go back to.
  let events = null;
  const tell = (text) => {
    live.hidden = false;
    live.textContent = text;
  };
  const listen = () => {
    if (events || document.hidden) return;
    events = new EventSource("/events");
    let isNew = true;
    events.addEventListener("open", () => {
      tell(live.dataset.live);
      // What changed while nobody told.
      if (!isNew || isStale) update();
      isNew = false;
    });
    events.addEventListener("error", () => tell(live.dataset.lost));
    events.addEventListener("changed", update);
  };
  const stop = () => {
    if (events) events.close();
    events = null;
    isStale = true;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", listen);
  document.addEventListener("focusout", () => setTimeout(() => isStale && update(), 100));
  listen();
})();
