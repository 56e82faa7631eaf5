package dev.entente.lab.foreign;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A language under {@code examples/participants}, and how its programs are run. */
enum Language {
    PYTHON {
        @Override
        List<String> packages() {
            return List.of(
                    "python3-grpcio", "python3-protobuf", "python3-psycopg2", "protobuf-compiler", "libprotobuf-dev");
        }

        @Override
        String[] probe() {
            return new String[] {
                "/usr/bin/python3",
                "-c",
                "import grpc, google.protobuf, psycopg2, shutil, os; "
                        + "assert shutil.which('protoc') and os.path.exists('/usr/include/google/protobuf/any.proto')"
            };
        }

        @Override
        List<String> program(Path sources, String program, Path built) {
            return List.of(
                    "/usr/bin/python3", "-B", sources.resolve(program + ".py").toString());
        }

        @Override
        Map<String, String> environment(Path built) {
            return Map.of("PYTHONPATH", built.toString());
        }
    },

    /** Its libraries come from npm's registry, so the probe asks whether that is there. */
    NODE {
        @Override
        List<String> packages() {
            return List.of("nodejs", "npm");
        }

        @Override
        String[] probe() {
            return new String[] {"sh", "-c", "node --version && npm ping"};
        }

        @Override
        List<String> program(Path sources, String program, Path built) {
            return List.of("node", sources.resolve(program + ".js").toString());
        }

        @Override
        Map<String, String> environment(Path built) {
            return Map.of("NODE_PATH", built.resolve("node_modules").toString());
        }
    };

    /** Returns the packages of Debian that its example needs. */
    abstract List<String> packages();

    /** Returns a command that succeeds where they are there. */
    abstract String[] probe();

    abstract List<String> program(Path sources, String program, Path built);

    abstract Map<String, String> environment(Path built);

    /** Returns the command for {@code build.sh}, or for one of the programs. */
    final List<String> command(Path sources, String program, Path built) {
        return program.equals("build.sh")
                ? List.of("bash", sources.resolve(program).toString())
                : program(sources, program, built);
    }

    /** Returns the name of its folder. */
    final String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
