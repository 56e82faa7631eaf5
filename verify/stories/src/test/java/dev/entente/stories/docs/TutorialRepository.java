package dev.entente.stories.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A local Maven repository like a reader's repository: links to the libraries and plugins of this build's repository,
 * which avoid a second download, and for the tutorial the jars of this build.
 */
public final class TutorialRepository implements AutoCloseable {
    private static final String GROUP = "dev/entente";
    private static final Pattern VERSION = Pattern.compile("<artifactId>entente</artifactId>\\s*<version>(.*?)<");

    private final Path home;
    private final Path folder;
    private final List<Path> links = new ArrayList<>();

    private TutorialRepository(Path home, Path folder) {
        this.home = home;
        this.folder = folder;
    }

    /** Creates the repository in a new folder, as after the installation of the SDK. */
    static TutorialRepository fill(Path home, Path folder) throws IOException {
        TutorialRepository repository = withoutEntente(home, folder);
        repository.install("entente", home);
        repository.install("entente-proto", home.resolve("proto"));
        repository.install("entente-client", home.resolve("client-sdk"));
        return repository;
    }

    /** Creates the repository in a new folder, with links only. */
    public static TutorialRepository withoutEntente(Path home, Path folder) throws IOException {
        String full = System.getProperty("entente.repository");
        TutorialRepository repository = new TutorialRepository(home, folder);
        repository.link(
                full == null ? Path.of(System.getProperty("user.home"), ".m2/repository") : Path.of(full), folder);
        return repository;
    }

    public Path folder() {
        return folder;
    }

    /** Links everything except Entente, which may be installed in the source repository. */
    private void link(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                Path target = to.resolve(name);
                if (name.equals("dev")) {
                    link(entry, target);
                } else if (!target.endsWith(GROUP)) {
                    links.add(Files.createSymbolicLink(target, entry));
                }
            }
        }
    }

    /** Adds the POM of a module of this build, and its jar. A parent has no jar. */
    public void install(String artifact, Path module) throws IOException {
        String version = version();
        String stem = artifact + "-" + version;
        Path place =
                Files.createDirectories(folder.resolve(GROUP).resolve(artifact).resolve(version));
        Files.copy(module.resolve("pom.xml"), place.resolve(stem + ".pom"));
        if (!module.equals(home)) {
            Files.copy(module.resolve("target").resolve(stem + ".jar"), place.resolve(stem + ".jar"));
        }
    }

    private String version() throws IOException {
        Matcher version = VERSION.matcher(Files.readString(home.resolve("pom.xml")));
        if (!version.find()) {
            throw new IOException("no version in pom.xml");
        }
        return version.group(1);
    }

    /** Removes the links, so that a later deletion of the folder does not delete their targets. */
    @Override
    public void close() throws IOException {
        for (Path link : links) {
            Files.delete(link);
        }
    }
}
