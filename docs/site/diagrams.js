// Draws each Mermaid diagram in place of its source, which stays where scripts are off.
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
