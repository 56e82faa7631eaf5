package dev.entente.api;

import dev.entente.Internal;
import dev.entente.client.Entente;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The signatures of this jar that others may use, as javap prints them; members in the order of the alphabet. */
final class JavaSignatures {
    private final Path classes = classes();
    private final List<Class<?>> visible;

    JavaSignatures() throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            visible = files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .sorted()
                    .<Class<?>>map(JavaSignatures::load)
                    .filter(JavaSignatures::isVisible)
                    .toList();
        }
    }

    private static Path classes() {
        try {
            return Path.of(Entente.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
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

    /** Public, and so is each class around it. */
    private static boolean isVisible(@Nullable Class<?> type) {
        return type == null || (Modifier.isPublic(type.getModifiers()) && isVisible(type.getEnclosingClass()));
    }

    private static boolean isInternal(@Nullable Class<?> type) {
        return type != null
                && (type.isAnnotationPresent(Internal.class)
                        || type.getPackage().isAnnotationPresent(Internal.class)
                        || isInternal(type.getEnclosingClass()));
    }

    /** The public classes that are marked as none of the API. */
    List<Class<?>> internal() {
        return visible.stream().filter(JavaSignatures::isInternal).toList();
    }

    List<String> lines() {
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
