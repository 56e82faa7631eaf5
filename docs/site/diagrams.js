// Replaces the source of each Mermaid diagram with the diagram. Without scripts, the page shows the source.
(async () => {
  window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: "neutral" });
  for (const [number, source] of [...document.querySelectorAll("code.language-mermaid")].entries()) {
    const { svg } = await window.mermaid.render("diagram-" + number, source.textContent);
    const diagram = document.createElement("div");
    diagram.className = "diagram";
    diagram.innerHTML = svg;
    source.parentElement.replaceWith(diagram);
  }
})();
