package dev.entente.spring.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.springframework.util.FileSystemUtils;

/** The {@code java} of a coordinator's process: of this JVM, or of the artifact {@code entente-runtime}. */
final class CoordinatorJava {
    /** The oldest Java version that runs a coordinator. */
    static final int REQUIRED = 25;

    private CoordinatorJava() {}

    /** Returns the program of this JVM if it is new enough, otherwise that of the artifact. Blocks. */
    static Path find() {
        int version = Runtime.version().feature();
        if (version >= REQUIRED) {
            return Path.of(System.getProperty("java.home"), "bin", "java");
        }
        String set = System.getenv("XDG_CACHE_HOME");
        Path cache = set == null || set.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(set);
        return unpacked(version, CoordinatorJava.class.getClassLoader(), cache.resolve("entente"));
    }

    /** Unpacks the runtime unless the cache has it, and returns its program. */
    static Path unpacked(int version, ClassLoader libraries, Path cache) {
        String machine = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
        String platform = machine.toLowerCase(Locale.ROOT).replace("amd64", "x64");
        String folder = "dev/entente/runtime/" + platform + "/";
        URL modules = libraries.getResource(folder + "lib/modules");
        if (modules == null) {
            throw new IllegalStateException("the coordinator needs Java " + REQUIRED + " or later, and this is Java "
                    + version + "; add the test dependency dev.entente:entente-runtime with the version of"
                    + " entente-spring-boot-test and the classifier " + platform + " (available: linux-x64,"
                    + " linux-aarch64), or run the tests with Java " + REQUIRED);
        }
        try {
            JarURLConnection connection = (JarURLConnection) modules.openConnection();
            connection.setUseCaches(false);
            try (JarFile jar = connection.getJarFile()) {
                String content = Long.toHexString(connection.getJarEntry().getCrc());
                Path runtime = cache.resolve("runtime-" + platform + "-" + content);
                if (!Files.exists(runtime)) {
                    unpack(jar, folder, Files.createDirectories(cache), runtime);
                }
                return runtime.resolve("bin/java");
            }
        } catch (IOException failed) {
            throw new IllegalStateException(
                    "the runtime of the coordinator cannot be unpacked into " + cache
                            + "; set XDG_CACHE_HOME to a writable folder",
                    failed);
        }
    }

    /** Another JVM may unpack the same runtime at the same time: the first one renames its copy, the others delete theirs. */
    private static void unpack(JarFile jar, String folder, Path cache, Path runtime) throws IOException {
        Path copy = Files.createTempDirectory(cache, "runtime");
        try {
            List<JarEntry> files = jar.stream()
                    .filter(entry -> entry.getName().startsWith(folder) && !entry.isDirectory())
                    .toList();
            for (JarEntry entry : files) {
                String name = entry.getName().substring(folder.length());
                Path file = copy.resolve(name);
                Files.createDirectories(file.getParent());
                try (InputStream content = jar.getInputStream(entry)) {
                    Files.copy(content, file);
                }
                if (name.startsWith("bin/") || name.equals("lib/jspawnhelper")) {
                    file.toFile().setExecutable(true, false);
                }
            }
            Files.move(copy, runtime, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            if (!Files.exists(runtime)) {
                throw failed;
            }
        } finally {
            FileSystemUtils.deleteRecursively(copy);
        }
    }
}
