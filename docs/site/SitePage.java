import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.text.TextContentRenderer;

/**
 * A document and its HTML.
 *
 * @param source the path of the document, relative to the root of the tree
 */
record SitePage(Path root, Path source, Node document) {
    private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
    private static final TextContentRenderer TEXT =
            TextContentRenderer.builder().extensions(EXTENSIONS).build();

    static SitePage read(Path root, Path source) throws IOException {
        Parser parser = Parser.builder().extensions(EXTENSIONS).build();
        return new SitePage(root, source, parser.parse(Files.readString(root.resolve(source))));
    }

    /** Returns the path of the page in the site. README is the index page of its folder. */
    Path address() {
        return address(source);
    }

    private static Path address(Path source) {
        String name = source.getFileName().toString();
        return source.resolveSibling(
                name.equals("README.md") ? "index.html" : name.substring(0, name.length() - 3) + ".html");
    }

    /** Returns the complete page, with links to pages of the site. Call it once only, because it changes the links. */
    String html(Set<Path> pages) {
        redirectLinks(pages);
        String up = "../".repeat(source.getNameCount() - 1);
        return """
            <!DOCTYPE html>
            <html lang="%1$s">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%2$s · Entente</title>
            <link rel="stylesheet" href="%4$ssite.css">
            <script defer src="%4$ssearch-index.js"></script>
            <script defer src="%4$ssearch.js" data-root="%4$s"></script>
            %5$s
            </head>
            <body>
            <nav><a href="%4$sindex.html">Entente</a> <a href="%4$sdocs/tutorial.html">Tutorial</a>
            <a href="%4$sdocs/index.html">Documents by task</a> <a href="%4$sdocs/glossary.html">Glossary</a>
            <input id="query" type="search" placeholder="Search" aria-label="Search"><ol id="found"></ol></nav>
            <main>
            %3$s</main>
            </body>
            </html>
            """.formatted(language(), escaped(title()), body(), up, diagramScripts(up));
    }

    /** Returns the scripts (3 MB) that draw diagrams, or an empty text for a page without diagrams. */
    private String diagramScripts(String up) {
        boolean[] hasDiagram = {false};
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(FencedCodeBlock block) {
                hasDiagram[0] |= block.getInfo().equals("mermaid");
            }
        });
        return hasDiagram[0]
                ? "<script defer src=\"%1$smermaid.min.js\"></script><script defer src=\"%1$sdiagrams.js\"></script>"
                        .formatted(up)
                : "";
    }

    /** Redirects links between documents to their pages. Links to folders become plain text. */
    private void redirectLinks(Set<Path> pages) {
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                visitChildren(link);
                redirect(link, pages);
            }
        });
    }

    private String body() {
        Map<Node, String> ids = ids();
        return HtmlRenderer.builder()
                .extensions(EXTENSIONS)
                .attributeProviderFactory(context -> (node, tag, attributes) -> {
                    if (node instanceof Heading) {
                        attributes.put("id", ids.get(node));
                    }
                })
                .build()
                .render(document);
    }

    private String language() {
        return source.toString().endsWith(".zh-CN.md") ? "zh-CN" : "en";
    }

    private String title() {
        return headings().isEmpty() ? source.toString() : text(headings().getFirst());
    }

    /** Returns the entries of the search index, one for each heading. */
    List<SearchEntry> entries() {
        List<SearchEntry> entries = new ArrayList<>();
        Map<Node, String> ids = ids();
        for (Heading heading : headings()) {
            StringBuilder text = new StringBuilder();
            for (Node node = heading.getNext(); node != null && !(node instanceof Heading); node = node.getNext()) {
                text.append(text(node)).append(' ');
            }
            String place = address() + "#" + ids.get(heading);
            entries.add(new SearchEntry(place, text(heading), text.toString().replaceAll("\\s+", " ")));
        }
        return entries;
    }

    /** Returns the linked files and images of this page that are not documents. */
    Set<Path> linkedFiles(Set<Path> pages) {
        Set<Path> files = new TreeSet<>();
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                Path file = target(link);
                if (file != null && !pages.contains(file) && Files.isRegularFile(root.resolve(file))) {
                    files.add(file);
                }
            }

            @Override
            public void visit(Image image) {
                files.add(resolved(image.getDestination()));
            }
        });
        return files;
    }

    private void redirect(Link link, Set<Path> pages) {
        Path target = target(link);
        if (target == null) {
            return;
        }
        int hash = link.getDestination().indexOf('#');
        String section = hash < 0 ? "" : link.getDestination().substring(hash);
        if (pages.contains(target)) {
            Path folder = source.getParent() == null ? Path.of("") : source.getParent();
            link.setDestination(folder.relativize(address(target)) + section);
        } else if (!Files.isRegularFile(root.resolve(target))) {
            while (link.getFirstChild() != null) {
                link.insertBefore(link.getFirstChild());
            }
            link.unlink();
        }
    }

    /** Returns the target file of a link, relative to the root; null for another site or a section of this page. */
    private Path target(Link link) {
        String destination = link.getDestination();
        boolean isElsewhere = destination.contains("://") || destination.startsWith("#");
        return isElsewhere ? null : resolved(destination.replaceFirst("#.*", ""));
    }

    private Path resolved(String destination) {
        return root.relativize(root.resolve(source).resolveSibling(destination).normalize());
    }

    private List<Heading> headings() {
        List<Heading> headings = new ArrayList<>();
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading heading) {
                headings.add(heading);
            }
        }
        return headings;
    }

    /** Returns the ids that Git hosting sites give to headings, because links in the documents use these ids. */
    private Map<Node, String> ids() {
        Map<Node, String> ids = new HashMap<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Heading heading : headings()) {
            String id = text(heading)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            int times = seen.merge(id, 1, Integer::sum);
            ids.put(heading, times == 1 ? id : id + "-" + (times - 1));
        }
        return ids;
    }

    private static String text(Node node) {
        return TEXT.render(node).replace("\"", "").strip();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
