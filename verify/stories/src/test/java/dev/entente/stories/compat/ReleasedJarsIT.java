package dev.entente.stories.compat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.Internal;
import japicmp.cmp.JApiCmpArchive;
import japicmp.cmp.JarArchiveComparator;
import japicmp.cmp.JarArchiveComparatorOptions;
import japicmp.filter.AnnotationClassFilter;
import japicmp.filter.JavadocLikePackageFilter;
import japicmp.model.JApiClass;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares the public classes of the SDK, the starter and the libraries with those of each release, {@code
 * src/test/released/VERSION/MODULE.jar}: an application must compile and link without changes. {@code
 * -Dentente.released.write=VERSION} writes the jars of a new release, without their resources.
 */
final class ReleasedJarsIT {
    private static final List<String> MODULES = List.of(
            "client-sdk",
            "kafka",
            "outbox",
            "patterns",
            "rocketmq",
            "spring-boot-starter",
            "spring-boot-test",
            "testkit");
    private static final Path HOME = Path.of(System.getProperty("entente.home"));
    private static final Path RELEASED = HOME.resolve("verify/stories/src/test/released");
    private static final Pattern VERSION =
            Pattern.compile("<artifactId>entente</artifactId>\\s*<version>(.*)</version>");
    private static final String INTERNAL = Internal.class.getName();

    @TempDir
    private Path folder;

    @Test
    void each_released_public_class_is_compatible() throws IOException {
        String version = System.getProperty("entente.released.write");
        if (version != null) {
            write(Files.createDirectories(RELEASED.resolve(version)));
        }
        List<Path> released = files(RELEASED, ".*\\.jar");
        assertThat(released).hasSizeGreaterThanOrEqualTo(MODULES.size());
        for (Path before : released) {
            String module = before.getFileName().toString().replace(".jar", "");
            assertThat(incompatible(before, current(module)))
                    .as(before.toString())
                    .isEmpty();
        }
    }

    private static Path current(String module) throws IOException {
        Path home = HOME.resolve(module.equals("client-sdk") ? module : "integrations/" + module);
        Matcher version = VERSION.matcher(Files.readString(HOME.resolve("pom.xml")));
        assertThat(version.find()).isTrue();
        return files(home.resolve("target"), "entente-[a-z-]+" + Pattern.quote(version.group(1)) + "\\.jar")
                .getFirst();
    }

    private static void write(Path release) throws IOException {
        for (String module : MODULES) {
            try (JarFile jar = new JarFile(current(module).toFile());
                    JarOutputStream out =
                            new JarOutputStream(Files.newOutputStream(release.resolve(module + ".jar")))) {
                for (JarEntry entry : jar.stream()
                        .filter(file -> file.getName().endsWith(".class"))
                        .toList()) {
                    JarEntry copy = new JarEntry(entry.getName());
                    copy.setTime(entry.getTime());
                    out.putNextEntry(copy);
                    jar.getInputStream(entry).transferTo(out);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        class Shop { public void buy() {} }    | class Shop { public void buy(int n) {} }            | true
        class Shop { public int price; }       | class Shop { public long price; }                   | true
        interface Shop { void buy(); }         | interface Shop { void buy(); void sell(); }         | true
        class Shop { protected int price; }    | class Shop { int price; }                           | true
        class Shop {}                          | final class Shop {}                                 | true
        class Shop {}                          | interface Shop {}                                   | true
        class Shop { public void buy() {} }    | class Shop { public void buy() {} public int n; }   | false
        class Shop { private void buy() {} }   | class Shop {}                                       | false
        """)
    void a_breaking_change_is_found(String before, String now, boolean breaking) throws IOException {
        assertThat(incompatible(compile("a", "public " + before), compile("b", "public " + now)))
                .hasSize(breaking ? 1 : 0);
        String internal = "@" + INTERNAL + " public ";
        assertThat(incompatible(compile("c", internal + before), compile("d", internal + now)))
                .isEmpty();
    }

    /** Returns the changed classes of the API, each with its incompatible changes. */
    private static List<String> incompatible(Path before, Path now) throws IOException {
        JarArchiveComparatorOptions options = new JarArchiveComparatorOptions();
        options.getIgnoreMissingClasses().setIgnoreAllMissingClasses(true);
        options.getFilters().getExcludes().add(new AnnotationClassFilter("@" + INTERNAL));
        for (String name : internalPackages(before)) {
            options.getFilters().getExcludes().add(new JavadocLikePackageFilter(name, true));
        }
        return new JarArchiveComparator(options)
                        .compare(
                                new JApiCmpArchive(before.toFile(), "released"),
                                new JApiCmpArchive(now.toFile(), "this version"))
                        .stream()
                        .filter(type -> !type.isBinaryCompatible() || !type.isSourceCompatible())
                        .map(ReleasedJarsIT::describe)
                        .toList();
    }

    /** japicmp reads no annotations of packages. */
    private static List<String> internalPackages(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            List<String> names = new ArrayList<>();
            for (JarEntry entry : file.stream().toList()) {
                String text = entry.getName().endsWith("/package-info.class")
                        ? new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1)
                        : "";
                if (text.contains("L" + INTERNAL.replace('.', '/') + ";")) {
                    names.add(entry.getName().replaceFirst("/[^/]*$", "").replace('/', '.'));
                }
            }
            return names;
        }
    }

    private static String describe(JApiClass type) {
        List<String> methods = type.getMethods().stream()
                .filter(method -> !method.isBinaryCompatible() || !method.isSourceCompatible())
                .map(method -> method.getName() + " " + method.getCompatibilityChanges())
                .toList();
        return type.getFullyQualifiedName() + " " + type.getCompatibilityChanges() + " " + methods;
    }

    private Path compile(String name, String code) throws IOException {
        Path source = Files.createDirectories(folder.resolve(name)).resolve("Shop.java");
        Files.writeString(source, code);
        Path classes = folder.resolve(name + "-classes");
        Path jar = folder.resolve(name + ".jar");
        run("javac", "-cp", System.getProperty("java.class.path"), "-d", classes.toString(), source.toString());
        run("jar", "cf", jar.toString(), "-C", classes.toString(), ".");
        return jar;
    }

    private static void run(String tool, String... arguments) {
        int exit = ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, arguments);
        assertThat(exit).isZero();
    }

    private static List<Path> files(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .sorted()
                    .toList();
        }
    }
}
