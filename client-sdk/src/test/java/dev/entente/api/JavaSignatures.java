package dev.entente.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.entente.Internal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The public signatures of a jar, as javap prints them; members in alphabetical order. */
public final class JavaSignatures {
    private static final Path FOLDER = Path.of("src/test/api");

    private final Path classes;
    private final List<Class<?>> visible;

    private JavaSignatures(Class<?> ofJar) throws IOException {
        classes = classes(ofJar);
        Path root = Files.isDirectory(classes)
                ? classes
                : FileSystems.newFileSystem(classes).getPath("/");
        try (Stream<Path> files = Files.walk(root)) {
            visible = files.map(file -> root.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .filter(name -> !name.startsWith("dev/entente/v1/")) // ProtoSignatures lists these classes
                    .sorted()
                    .<Class<?>>map(JavaSignatures::load)
                    .filter(JavaSignatures::isVisible)
                    .toList();
        }
    }

    /**
     * Fails if the public signatures of a class's jar differ from {@code src/test/api/FILE} of the module under test,
     * or mention an internal class.
     */
    public static void hold(Class<?> ofJar, String file) throws IOException {
        JavaSignatures signatures = new JavaSignatures(ofJar);
        hold(file, signatures.lines());
        Set<String> internal = internal();
        assertThat(internal).isNotEmpty();
        assertThat(signatures.lines())
                .allSatisfy(line -> assertThat(line.split("[^\\w.$]+")).doesNotContainAnyElementsOf(internal));
    }

    static void hold(String name, List<String> found) throws IOException {
        Path file = FOLDER.resolve(name);
        if (Boolean.getBoolean("entente.api.write")) {
            Files.createDirectories(FOLDER);
            Files.write(file, found);
        }
        assertThat(found)
                .as("the API differs from %s; if that is meant, write it anew with -Dentente.api.write=true", file)
                .isEqualTo(Files.readAllLines(file));
    }

    private static Path classes(Class<?> ofJar) {
        try {
            return Path.of(
                    ofJar.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Class<?> load(String file) {
        String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
        try {
            return Class.forName(name, false, JavaSignatures.class.getClassLoader());
        } catch (ClassNotFoundException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Returns whether the type and each enclosing class are public. */
    private static boolean isVisible(@Nullable Class<?> type) {
        return type == null || (Modifier.isPublic(type.getModifiers()) && isVisible(type.getEnclosingClass()));
    }

    private static boolean isInternal(@Nullable Class<?> type) {
        return type != null
                && (type.isAnnotationPresent(Internal.class)
                        || type.getPackage().isAnnotationPresent(Internal.class)
                        || isInternal(type.getEnclosingClass()));
    }

    /** The names of the classes that are marked as internal, in this jar and in the jars that it uses. */
    private static Set<String> internal() {
        return new ClassFileImporter()
                .importPackages("dev.entente").stream()
                        .filter(JavaSignatures::isInternal)
                        .map(JavaClass::getName)
                        .collect(Collectors.toSet());
    }

    private static boolean isInternal(JavaClass type) {
        return type.isAnnotatedWith(Internal.class)
                || type.getPackage().isAnnotatedWith(Internal.class)
                || type.getEnclosingClass().filter(JavaSignatures::isInternal).isPresent();
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        List<String> members = new ArrayList<>();
        for (String line : javap()) {
            if (line.startsWith("  ")) {
                members.add(line);
            } else if (line.equals("}")) {
                members.stream().sorted().forEach(lines::add);
                members.clear();
            } else if (!line.startsWith("Compiled from")) {
                lines.add(line.replace(" {", ""));
            }
        }
        return lines;
    }

    private List<String> javap() {
        List<String> arguments = new ArrayList<>(List.of("-protected", "-cp", classes.toString()));
        visible.stream().filter(type -> !isInternal(type)).map(Class::getName).forEach(arguments::add);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = ToolProvider.findFirst("javap")
                .orElseThrow()
                .run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
        if (exit != 0) {
            throw new IllegalStateException(err.toString());
        }
        return out.toString().lines().toList();
    }
}
