// Looks for all words of what is typed in headings and texts; works on pages that are opened as files.
(function () {
  const entries = (window.searchIndex || []).map(([heading, place, page, text]) => ({
    heading, place, page, text, low: (heading + " " + page).toLowerCase(), all: text.toLowerCase(),
  }));
  const box = document.getElementById("search");
  const found = document.getElementById("found");
  const up = document.body.dataset.up;

  function score(entry, words) {
    let sum = 0;
    for (const word of words) {
      const own = entry.heading.toLowerCase();
      if (own === word) sum += 20;
      else if (own.startsWith(word)) sum += 8;
      else if (entry.low.includes(word)) sum += 5;
      else if (entry.all.includes(word)) sum += 1;
      else return 0;
    }
    return sum;
  }

  function part(entry, words) {
    const at = Math.max(0, Math.min(...words.map((word) => {
      const place = entry.all.indexOf(word);
      return place < 0 ? Infinity : place;
    }).concat([entry.all.length])) - 40);
    return (at > 0 ? "… " : "") + entry.text.slice(at, at + 140);
  }

  function show() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren();
    found.hidden = words.length === 0;
    if (!words.length) return;
    const best = entries.map((entry) => [score(entry, words), entry]).filter(([sum]) => sum > 0)
      .sort((a, b) => b[0] - a[0]).slice(0, 20);
    for (const [, entry] of best) {
      const link = document.createElement("a");
      link.href = up + "/" + entry.place;
      link.textContent = entry.heading === entry.page ? entry.heading : entry.page + ": " + entry.heading;
      const item = document.createElement("li");
      const text = document.createElement("p");
      text.textContent = part(entry, words);
      item.append(link, text);
      found.append(item);
    }
    if (!best.length) {
      const item = document.createElement("li");
      item.textContent = "Nothing is called so, or says it.";
      found.append(item);
    }
  }

  box.addEventListener("input", show);
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = found.querySelector("a");
    if (first) location.href = first.href;
  });
  found.addEventListener("click", (event) => {
    if (event.target.tagName === "A") found.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape") {
      box.value = "";
      show();
    }
  });
  // `index.html?q=temperature` is a search that one can send.
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    box.value = asked;
    show();
  }
  // The list of pages is open where there is room for it.
  document.querySelector("nav details").open = window.matchMedia("(min-width: 60rem)").matches;
})();
