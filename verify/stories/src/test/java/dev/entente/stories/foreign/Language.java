package dev.entente.stories.foreign;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** A language under {@code examples/participants}, with the commands for its programs. */
enum Language {
    PYTHON(
            List.of("python3-grpcio", "python3-protobuf", "python3-psycopg2", "protobuf-compiler", "libprotobuf-dev"),
            List.of(
                    "/usr/bin/python3",
                    "-c",
                    "import grpc, google.protobuf, psycopg2, shutil, os; assert shutil.which('protoc') and"
                            + " os.path.exists('/usr/include/google/protobuf/any.proto')"),
            List.of("/usr/bin/python3", "-B"),
            ".py"),

    /** Its libraries come from npm's registry, so the probe checks that the registry is available. */
    NODE(
            List.of("nodejs", "npm", "protobuf-compiler", "libprotobuf-dev"),
            List.of("sh", "-c", "node --version && npm ping && protoc --version"),
            List.of("node"),
            ".js");

    private final List<String> packages;
    private final List<String> probe;
    private final List<String> interpreter;
    private final String extension;

    Language(List<String> packages, List<String> probe, List<String> interpreter, String extension) {
        this.packages = packages;
        this.probe = probe;
        this.interpreter = interpreter;
        this.extension = extension;
    }

    /** Returns the Debian packages that the example needs. */
    List<String> packages() {
        return packages;
    }

    /** Returns a command that succeeds if the packages are installed. */
    String[] probe() {
        return probe.toArray(String[]::new);
    }

    Map<String, String> environment(Path built) {
        return this == PYTHON
                ? Map.of("PYTHONPATH", built.toString())
                : Map.of("NODE_PATH", built.resolve("node_modules").toString());
    }

    /** Returns the command for {@code build.sh}, or for one of the programs. */
    List<String> command(Path sources, String program) {
        if (program.equals("build.sh")) {
            return List.of("bash", sources.resolve(program).toString());
        }
        return Stream.concat(
                        interpreter.stream(),
                        Stream.of(sources.resolve(program + extension).toString()))
                .toList();
    }

    /** Returns the name of the language's folder. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
