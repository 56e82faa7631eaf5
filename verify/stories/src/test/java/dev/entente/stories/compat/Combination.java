package dev.entente.stories.compat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A combination of library versions on a user's class path, from the versions that the module {@code compat} copies.
 * @param protobuf a version
 * @param grpc a version
 */
record Combination(String protobuf, String grpc) {
    private static final Path TARGET = Path.of(System.getProperty("entente.home", "../.."), "verify/compat/target");
    private static final Path LIB = TARGET.resolve("lib");

    /** Returns each version of protobuf with each version of grpc. */
    static List<Combination> all() {
        return versions("protobuf").stream()
                .flatMap(protobuf -> versions("grpc").stream().map(grpc -> new Combination(protobuf, grpc)))
                .toList();
    }

    private static List<String> versions(String library) {
        return files(LIB.resolve(library))
                .map(folder -> folder.getFileName().toString())
                .sorted()
                .toList();
    }

    /** Returns the SDK's built jars, their dependencies, and these versions of protobuf and grpc. */
    List<Path> libraries() {
        return Stream.of(
                        LIB.resolve("common"),
                        LIB.resolve("protobuf").resolve(protobuf),
                        LIB.resolve("grpc").resolve(grpc))
                .flatMap(Combination::files)
                .toList();
    }

    /** Returns the class path of the user's program. */
    String classPath() {
        return Stream.concat(Stream.of(TARGET.resolve("classes")), libraries().stream())
                .map(path -> path.toAbsolutePath().normalize().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList().stream();
        } catch (IOException missing) {
            throw new UncheckedIOException("run: mvn -Dquick -DskipTests verify -pl verify/compat -am", missing);
        }
    }
}
