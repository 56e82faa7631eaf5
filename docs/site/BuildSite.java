import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Builds a site from the documents of a tree: {@code BuildSite ROOT FOLDER}. Reads only ROOT and the class path. */
final class BuildSite {
    private static final List<String> ASSETS = List.of("site.css", "search.js", "diagrams.js");

    private static final String MERMAID_VERSION = "META-INF/maven/org.webjars.npm/mermaid/pom.properties";

    private BuildSite() {}

    /** Builds the site of ROOT in FOLDER. */
    public static void main(String[] args) throws IOException {
        Path root = Path.of(args[0]).toAbsolutePath().normalize();
        Path site = Path.of(args[1]).toAbsolutePath().normalize();
        Map<Path, SitePage> pages = new TreeMap<>();
        for (Path source : sources(root)) {
            pages.put(source, SitePage.read(root, source));
        }
        List<SearchEntry> entries = new ArrayList<>();
        for (SitePage page : pages.values()) {
            entries.addAll(page.entries());
            for (Path file : page.linkedFiles(pages.keySet())) {
                copy(root.resolve(file), site.resolve(file));
            }
            write(site.resolve(page.address()), page.html(pages.keySet()));
        }
        write(site.resolve("search-index.js"), SearchEntry.script(entries));
        for (String asset : ASSETS) {
            copy(root.resolve("docs/site").resolve(asset), site.resolve(asset));
        }
        copyMermaid(site);
        System.out.println(pages.size() + " pages in " + site);
    }

    /** Returns the paths of all documents, relative to the root. */
    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> top = Files.list(root);
                Stream<Path> docs = Files.walk(root.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .map(root::relativize)
                    .sorted()
                    .toList();
        }
    }

    /** Copies the script that draws diagrams, and its licence, from Mermaid's jar on the class path. */
    private static void copyMermaid(Path site) throws IOException {
        Properties jar = new Properties();
        jar.load(new StringReader(resource(MERMAID_VERSION)));
        String folder = "META-INF/resources/webjars/mermaid/" + jar.getProperty("version");
        write(site.resolve("mermaid.min.js"), resource(folder + "/dist/mermaid.min.js"));
        write(site.resolve("mermaid.LICENSE"), resource(folder + "/LICENSE"));
    }

    private static String resource(String name) throws IOException {
        try (InputStream resource = ClassLoader.getSystemResourceAsStream(name)) {
            if (resource == null) {
                throw new IOException("org.webjars.npm:mermaid is not on the class path: no " + name);
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.write(to, Files.readAllBytes(from));
    }
}
