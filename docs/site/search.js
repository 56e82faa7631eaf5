// Searches the sections of search-index.js for all words of the query.
// Sections with the words in their title come first. A click on a result closes the list, which would cover the section.
(() => {
  const root = document.currentScript.dataset.root;
  const query = document.getElementById("query");
  const found = document.getElementById("found");
  const most = 30;
  const rank = (title, words) => words.filter((word) => title.toLowerCase().includes(word)).length;
  found.addEventListener("click", () => {
    query.value = "";
    found.replaceChildren();
  });
  query.addEventListener("input", () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.length === 0 ? [] : window.sections
      .filter(([, title, text]) => words.every((word) => (title + " " + text).toLowerCase().includes(word)))
      .sort((a, b) => rank(b[1], words) - rank(a[1], words));
    found.replaceChildren(...hits.slice(0, most).map(([address, title]) => {
      const link = document.createElement("a");
      link.href = root + address;
      link.textContent = title + " (" + address.replace(/[.]html#.*/, "") + ")";
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
  });
})();
